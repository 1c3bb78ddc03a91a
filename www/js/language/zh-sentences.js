// @ts-check
/**
 * Chinese for sentences that reach the page as they were thrown or told, in English and with their values in them: errors of
 * the engine, of files, sources and hosts, and notices. `{…}` stands for a value, under the same name on both sides; values
 * that are sentences of this table are said in Chinese as well. See sentences.js.
 *
 * @type {[english: string, chinese: string][]}
 */
export const zhSentences = [
  // The engine and its device.
  [
    "No usable device: {why}. Try the CPU engine with ?device=cpu.",
    "没有可用的设备：{why}。请用 ?device=cpu 改用 CPU 引擎。",
  ],
  [
    "Reading from the device failed ({why}). Reload the page; the last saved weights are kept.",
    "从设备读取失败（{why}）。请重新加载页面；上次保存的权重还在。",
  ],
  ["The engine crashed ({why}).", "引擎崩溃了（{why}）。"],
  ["The GPU device was lost ({why}).", "GPU 设备丢失了（{why}）。"],
  [
    "The engine crashed {times} times in a row: save the weights, then reload the page or start a smaller model.",
    "引擎接连崩溃了 {times} 次：请保存权重，然后重新加载页面，或换一个较小的模型。",
  ],
  ["The engine is being rebuilt from the last save.", "正在从上次保存处重建引擎。"],
  ["The checkpoint is being loaded again.", "正在重新加载检查点。"],
  ["The checkpoint was loaded again.", "检查点已重新加载。"],
  ["The engine was rebuilt and goes on from training step {step}.", "引擎已重建，从训练第 {step} 步继续。"],
  [
    "A part of the engine could not be loaded ({why}): check the connection and reload the page; if it stays so, files are missing on the server.",
    "引擎的一部分未能加载（{why}）：请检查网络连接，然后重新加载页面；若仍不行，则是服务器上缺少文件。",
  ],
  [
    "It runs on the page itself, because no worker could be started here: the page may stop for moments.",
    "引擎在页面本身运行，因为这里无法启动后台线程：页面可能会短暂停顿。",
  ],
  [
    "The {engine} could not be loaded ({why}): check the connection and reload the page.",
    "{engine}未能加载（{why}）：请检查网络连接，然后重新加载页面。",
  ],
  [
    "The security policy of this page forbids WebAssembly: its server has to add 'wasm-unsafe-eval' to script-src in the Content-Security-Policy.",
    "本页面的安全策略禁止 WebAssembly：服务器须在 Content-Security-Policy 的 script-src 中加入 'wasm-unsafe-eval'。",
  ],
  [
    "The security policy of this page does not let it fetch {file}: its server has to allow that in {directive} of the Content-Security-Policy.",
    "本页面的安全策略不允许获取 {file}：服务器须在 Content-Security-Policy 的 {directive} 中允许它。",
  ],
  [
    "The security policy of this page does not let it fetch {name} from {host}: its server has to allow that in {directive} of the Content-Security-Policy, or {hand}.",
    "本页面的安全策略不允许从 {host} 获取 {name}：服务器须在 Content-Security-Policy 的 {directive} 中允许它；或者，{hand}。",
  ],
  [
    "The {engine} is missing on the server ({file}: HTTP {status}): all files of the page have to be copied there.",
    "服务器上缺少{engine}（{file}：HTTP {status}）：请把页面的所有文件都复制到服务器上。",
  ],
  [
    "The {engine} cannot be loaded, because {file} is served as {type}: its server has to send the file itself, with its own type.",
    "{engine}无法加载，因为 {file} 被当作 {type} 发送：服务器须发送文件本身，并使用正确的类型。",
  ],
  [
    "WebAssembly, which both engines need, is off in this browser: turn it on, or Lockdown Mode off for this site.",
    "两种引擎都需要的 WebAssembly 在此浏览器中已关闭：请打开它，或为本网站关闭锁定模式。",
  ],
  ["CPU engine", "CPU 引擎"],
  ["WebGPU engine", "WebGPU 引擎"],
  [
    "WebGPU reported an error ({why}), so results may be wrong: save the weights and go on with the CPU engine.",
    "WebGPU 报告了错误（{why}），结果可能不对：请保存权重，改用 CPU 引擎。",
  ],
  [
    "All gradients were zero, so nothing was learned: this device may compute wrongly; try ?device=cpu.",
    "所有梯度都是零，什么也没学到：这个设备可能算错了；请试试 ?device=cpu。",
  ],
  [
    "The {what} stopped being finite at step {step}, so the last steps were undone: go on, or start with another seed.",
    "第 {step} 步的 {what} 不再是有限的数，最近几步已撤销：可以继续，或换一个种子重新开始。",
  ],
  [
    "The model's features are no longer usable numbers: load it again, or choose another model.",
    "这个模型的特征已不再是可用的数：请重新加载它，或换一个模型。",
  ],
  [
    "The model's predictions are no longer usable numbers: load it again, or choose another model.",
    "这个模型的预测已不再是可用的数：请重新加载它，或换一个模型。",
  ],
  [
    "The model's scores of labels are no longer usable numbers: load it again, or choose another model.",
    "这个模型给各标签的分数已不再是可用的数：请重新加载它，或换一个模型。",
  ],
  [
    "The model's {what} are no longer usable numbers: load it again, or choose another model.",
    "这个模型的{what}已不再是可用的数：请重新加载它，或换一个模型。",
  ],
  ["{found}: {advice}; or choose the CPU.", "{found}：{advice}；也可以改用 CPU。"],
  ["This browser offers no WebGPU here", "此浏览器在这里不提供 WebGPU"],
  ["This browser found no WebGPU adapter", "此浏览器没有找到 WebGPU 适配器"],
  [
    "Chrome and Edge have it from version 113 (on Linux: start with --enable-unsafe-webgpu or allow it in chrome://flags), and hardware acceleration must be on in the settings",
    "Chrome 和 Edge 从 113 版起支持（Linux 上需加 --enable-unsafe-webgpu 启动，或在 chrome://flags 中允许），并须在设置中开启硬件加速",
  ],
  [
    "Firefox has it from version 141 on Windows and 145 on macOS; elsewhere set dom.webgpu.enabled in about:config",
    "Firefox 在 Windows 上从 141 版、在 macOS 上从 145 版起支持；其他系统请在 about:config 中打开 dom.webgpu.enabled",
  ],
  [
    "Safari has it from version 26; in 18 turn it on in Settings, Apps, Safari, Advanced, Feature Flags",
    "Safari 从 26 版起支持；18 版请在“设置 → App → Safari → 高级 → 功能标志”中打开",
  ],
  [
    "This browser cannot run WebAssembly SIMD, which both engines need: {advice}.",
    "此浏览器不能运行两种引擎都需要的 WebAssembly SIMD：{advice}。",
  ],
  ["update Chrome or Edge to version 91 or later", "请将 Chrome 或 Edge 更新到 91 版或更高"],
  ["update Firefox to version 89 or later", "请将 Firefox 更新到 89 版或更高"],
  ["update to Safari 16.4 or later", "请更新到 Safari 16.4 或更高"],
  ["This browser has no 2D canvas outside the page: update it.", "此浏览器不支持页面之外的 2D 画布：请更新浏览器。"],

  [
    "This {engine} has no {what}: build it again from these sources.",
    "这个{engine}没有 {what}：请用这些源码重新构建。",
  ],

  // Why this engine runs.
  ["The CPU was chosen in the settings.", "设置中选择了 CPU。"],
  ["WebGPU was chosen in the settings.", "设置中选择了 WebGPU。"],
  [
    "WebGPU was chosen in the settings; its adapter is software, so the CPU engine would be faster.",
    "设置中选择了 WebGPU；它的适配器是软件模拟的，CPU 引擎会更快。",
  ],
  [
    "WebGPU runs it: it was the faster of the two when measured on this machine.",
    "由 WebGPU 运行：在这台机器上实测，两者中它更快。",
  ],
  ["The CPU engine answers first while WebGPU is looked at.", "先由 CPU 引擎运行，同时考察 WebGPU。"],
  ["The CPU runs it: WebGPU was tried and failed ({why}).", "由 CPU 运行：试过 WebGPU，但失败了（{why}）。"],
  [
    "The CPU runs it: this browser offers no WebGPU in workers; choose WebGPU to try it on the page itself.",
    "由 CPU 运行：此浏览器的后台线程不提供 WebGPU；可选择 WebGPU，在页面本身上试一试。",
  ],
  ["The CPU runs it: this browser offers no WebGPU here.", "由 CPU 运行：此浏览器在这里不提供 WebGPU。"],
  ["The CPU runs it: this browser found no WebGPU adapter.", "由 CPU 运行：此浏览器没有找到 WebGPU 适配器。"],
  [
    "The CPU runs it: the only WebGPU adapter ({name}) is software, which is slower.",
    "由 CPU 运行：唯一的 WebGPU 适配器（{name}）是软件模拟的，更慢。",
  ],
  [
    "The CPU runs it because WebGPU failed {times} times on this machine.",
    "由 CPU 运行：WebGPU 在这台机器上失败了 {times} 次。",
  ],
  ["The CPU runs it because it is faster for this model: {figures}.", "由 CPU 运行，因为对这个模型它更快：{figures}。"],
  ["WebGPU runs it because it is faster: {figures}.", "由 WebGPU 运行，因为它更快：{figures}。"],
  ["{label} {gpu} on {name}, {cpu} on the CPU", "{label}在 {name} 上用时 {gpu}，在 CPU 上用时 {cpu}"],
  ["a training step takes", "一步训练"],
  ["a look takes", "看一次"],
  ["WebGPU runs it: a model of this size is slow on a CPU.", "由 WebGPU 运行：这么大的模型在 CPU 上很慢。"],
  ["The CPU engine computes in f32.", "CPU 引擎以 f32 计算。"],
  ["{precision} was chosen.", "选择了 {precision}。"],
  ["Its shapes cannot be packed, so its weights are {precision}.", "它的形状无法压缩，因此权重是 {precision}。"],
  ["Getting the GPU kernels ready", "正在准备 GPU 内核"],
  ["Loading the checkpoint", "正在加载检查点"],
  ["Loading {name}", "正在加载 {name}"],

  // Health.
  ["The features are no finite numbers: nothing can be said of them.", "特征不是有限的数：无从判断。"],
  ["Tokens hardly differ: the features' standard deviation is {std}.", "各 token 几乎没有差别：特征的标准差为 {std}。"],
  ["Tokens differ in few ways: the effective rank is {rank}.", "各 token 的差别很少：有效秩为 {rank}。"],

  // What can't be done now.
  ["No model is open yet: wait for vjepa.ready.", "模型还没有打开：请等待 vjepa.ready。"],
  ["No model is open yet: wait until the engine has loaded.", "模型还没有打开：请等引擎加载完成。"],
  ["No model is open yet.", "模型还没有打开。"],
  [
    "Only {held} of {needed} frames are here yet: play the source a little longer.",
    "需要 {needed} 帧，目前只有 {held} 帧：请让画面再播放一会儿。",
  ],
  [
    "There is no clip to train on yet: choose a source and let it play for a moment.",
    "还没有可供训练的片段：请选择一个视频源，让它播放片刻。",
  ],
  ["Look at a clip first: there are no features yet.", "还没有特征：请先看一个片段。"],
  ["Token {token} does not exist: this clip has {tokens}.", "没有 token {token}：这个片段只有 {tokens} 个。"],
  [
    "A frame has {found} bytes where {expected} are needed: send RGBA at {size}x{same} pixels.",
    "一帧有 {found} 字节，而应为 {expected} 字节：请提供 {size}×{same} 像素的 RGBA。",
  ],
  [
    "No moment of step {step} is kept: choose one of those that are.",
    "没有保留第 {step} 步的时刻：请从保留的时刻中选择。",
  ],
  [
    "A moment of this model takes {needed} MB and all of them may take {budget} MB: choose a smaller preset.",
    "这个模型的一个时刻需要 {needed} MB，而全部时刻最多占 {budget} MB：请选择较小的预设。",
  ],
  ["The file could not be written: {why}.", "文件未能写入：{why}。"],
  [
    "A loaded checkpoint is for looking: start a new model to train one.",
    "加载的检查点只用于观看：要训练，请新建一个模型。",
  ],
  ["Nothing that learns is open: start a new model first.", "没有打开能学习的模型：请先新建一个模型。"],
  ["No exam is under way on this engine: begin another one.", "这个引擎上没有正在进行的测验：请重新开始。"],
  [
    "No exam can be put to this model, for it has no predictor of its own features: choose another one.",
    "这个模型没有自身特征的预测器，无法测验：请换一个模型。",
  ],
  ["An exam is under way: wait for it or cancel it.", "测验正在进行：请等它结束，或取消它。"],
  ["The exam was cancelled.", "测验已取消。"],
  ["Something newer took the place of this request.", "这个请求已被更新的请求取代。"],
  ["Loading was cancelled.", "加载已取消。"],
  ["An alarm needs a threshold above 0, not {value}: move it.", "警报的阈值须大于 0，而不是 {value}：请移动它。"],
  [
    "There was no alarm number {number}: name one of those that there were.",
    "没有第 {number} 次警报：请从已有的中选择。",
  ],
  [
    "{workers} workers can't share {clips} clips: choose at most as many workers as a batch has clips.",
    "{workers} 个线程无法分担 {clips} 个片段：线程数不能多于一批的片段数。",
  ],
  ["The settings could not be read: {why}.", "设置无法读取：{why}。"],
  [
    "Training takes a whole number of steps from 1, or Infinity until it is paused, not {steps}.",
    "训练步数须是从 1 起的整数，或 Infinity（直到暂停），而不是 {steps}。",
  ],
  [
    "A loaded checkpoint gets used to nothing: open a model of your own for that.",
    "加载的检查点不能习惯环境：请为此打开你自己的模型。",
  ],
  ["Training goes on, which would end it: pause training first.", "训练正在进行，会让习惯过程结束：请先暂停训练。"],
  ["The recording was stopped: begin another whenever you like.", "录制已停止：随时可以重新开始。"],
  [
    "Frames are missing, because the tab was hidden or the page stood still: try the trick again.",
    "缺少若干帧，因为标签页被隐藏或页面停顿：请重试这个戏法。",
  ],
  [
    "The source shows nothing that moves: choose a camera or a video, and try again.",
    "视频源的画面没有变化：请选择摄像头或视频，再试一次。",
  ],
  ["The source changed in the middle of the trick: try again.", "视频源在表演过程中换了：请再试一次。"],
  [
    "This model is too large to be kept, so steps could not be taken back: try a smaller one.",
    "这个模型太大，无法保留，训练的步骤也就无法撤回：请换一个较小的。",
  ],
  [
    "This model is too large to be saved while it trains: save its weights by hand.",
    "这个模型太大，训练时无法自动保存：请手动保存权重。",
  ],

  // Settings.
  ["“{name}” is not a setting (there are {names}).", "“{name}”不是设置项（有 {names}）。"],
  ["“{name}” is not a setting (there are {names}); {used}.", "“{name}”不是设置项（有 {names}）；{used}。"],
  ["The setting {name} cannot be “{value}”: it takes {allowed}.", "设置 {name} 不能是“{value}”：可用的是 {allowed}。"],
  [
    "The setting {name} cannot be “{value}”: it takes {allowed}; {used}.",
    "设置 {name} 不能是“{value}”：可用的是 {allowed}；{used}。",
  ],
  ["{value} is used", "现用 {value}"],
  ["it is ignored", "已忽略"],
  [
    "It starts from random weights, because those that come with the page could not be opened ({why}).",
    "从随机权重开始，因为页面自带的权重无法打开（{why}）。",
  ],
  ["No trained {preset} comes with the page: start from scratch.", "页面没有自带训练好的 {preset}：请从头开始。"],
  ["The page lacks {file}: reload it, or start from scratch.", "页面缺少 {file}：请重新加载，或从头开始。"],

  // Model, masks, recipe, world.
  ['There is no preset "{name}": choose one of {list}.', "没有预设“{name}”：请从 {list} 中选择。"],
  [
    'There is no family "{name}": choose vjepa1, vjepa2 or vjepa21.',
    "没有系列“{name}”：请选择 vjepa1、vjepa2 或 vjepa21。",
  ],
  ["{what} must be between 1 and {most}, not {value}.", "{what} 须在 1 与 {most} 之间，而不是 {value}。"],
  [
    "{tokens} tokens a clip are more than the {most} this program can address: use fewer frames or larger patches.",
    "每个片段 {tokens} 个 token，超过了上限 {most}：请减少帧数或加大图块。",
  ],
  [
    "{what} ({value}) must be divisible by {by} ({divisor}): change one of them.",
    "{what}（{value}）须能被 {by}（{divisor}）整除：请改其中之一。",
  ],
  [
    'Only a model of the family vjepa2 can be frame-causal: choose it, or leave out "causal".',
    '只有 vjepa2 系列的模型可以是逐帧因果的：请选择该系列，或去掉 "causal"。',
  ],
  [
    "V-JEPA 2.1 has features of 1 or 4 depths and an encoder of 12, 24, 40 or 48 blocks, not {levels} and {depth}.",
    "V-JEPA 2.1 的特征取自 1 或 4 个深度，编码器有 12、24、40 或 48 个块，而不是 {levels} 和 {depth}。",
  ],
  [
    "A head of the {part} has {dim} channels; rotary positions need an even number of at least 12.",
    "{part} 的一个头有 {dim} 个通道；旋转位置编码需要不小于 12 的偶数。",
  ],
  [
    "{name} needs a buffer of {needed} MB for {tokens} tokens and this device allows {limit} MB: choose a smaller preset.",
    "{name} 的 {tokens} 个 token 需要 {needed} MB 的缓冲区，而此设备只允许 {limit} MB：请选择较小的预设。",
  ],
  [
    "{name} needs about {needed} MB and this engine can hold {limit} MB: choose a smaller preset.",
    "{name} 大约需要 {needed} MB，而此引擎只能容纳 {limit} MB：请选择较小的预设。",
  ],
  [
    "A mask needs at least one clip and one block: set batch and blocks to 1 or more.",
    "掩码至少需要一个片段和一个块：请将批大小和块数设为 1 或更大。",
  ],
  [
    "Blocks of {a}x{b}x{c} tokens leave no context on a grid of {d}x{e}x{f}: use fewer or smaller blocks.",
    "在 {d}×{e}×{f} 的网格上，{a}×{b}×{c} 个 token 的块不留任何上下文：请用更少或更小的块。",
  ],
  [
    "max_keep is 0, which leaves no context: set it to 1 or more, or to none.",
    "max_keep 为 0，不留任何上下文：请设为 1 或更大，或不设。",
  ],
  [
    "A future from tubelet {from} on leaves nothing to {what}: start it at 1 to {last}.",
    "从第 {from} 个 tubelet 起的未来，没有留下可{what}的内容：请让它从 1 至 {last} 开始。",
  ],
  [
    "This model predicts at most {most} tubelets ahead, not {ahead}: ask for a nearer future.",
    "此模型最多预测未来 {most} 个 tubelet，而不是 {ahead} 个：请选择更近的未来。",
  ],
  [
    "Hiding {hidden} of {tokens} tokens leaves nothing to {what}: paint over a part of the clip.",
    "在 {tokens} 个 token 中遮住 {hidden} 个，没有留下可{what}的内容：请只涂抹片段的一部分。",
  ],
  ["see", "看"],
  ["predict", "预测"],
  [
    "There is no token {token} to hide: this clip has {tokens}, numbered from 0.",
    "没有可遮的 token {token}：这个片段有 {tokens} 个，从 0 编号。",
  ],
  ["Token {token} is hidden twice: name each one once.", "token {token} 被遮了两次：每个只列一次。"],
  [
    "The {what} must be between {least} and {most}, not {value}: change it.",
    "{what} 须在 {least} 与 {most} 之间，而不是 {value}：请修改。",
  ],
  ["batch", "批大小"],
  ["learning rate", "学习率"],
  ["momentum of the moving average", "滑动平均的动量"],
  ["second beta of the optimiser", "优化器的第二个 beta"],
  ["momentum of the predictor's average", "预测器平均的动量"],
  ["weight of hidden tokens", "被遮 token 的权重"],
  ["weight of the regulariser", "正则项的权重"],
  ["share of training scenes with a pillar", "有柱子的训练场景所占比例"],
  ["share of training scenes with a block", "有方块的训练场景所占比例"],
  ["share of training scenes with gravity", "有重力的训练场景所占比例"],
  ["number of frames that scenes begin earlier", "场景提前开始的帧数"],
  ["The {what} begins above its end: swap the two numbers.", "{what} 的起点高于终点：请对调两个数。"],
  [
    "Some steps would hide nothing: add a kind of masks, or ask every step for the future.",
    "有些步骤什么也不遮：请加一种掩码，或让每一步都预测未来。",
  ],
  [
    "V-JEPA 1 has a mask token for each of {most} kinds of masks, not for {found}: take some away.",
    "V-JEPA 1 为 {most} 种掩码各有一个掩码 token，没有 {found} 种：请去掉几种。",
  ],
  [
    "The {world} world has no scene of {frames} frames in which {what}: choose a richer world or longer clips.",
    "{world} 世界里没有这样的 {frames} 帧场景（{what}）：请选择更丰富的世界或更长的片段。",
  ],

  // Presets.
  ["Looks in milliseconds: for tests and slow machines.", "几毫秒看一次：用于测试和较慢的机器。"],
  ["Learns while you watch, even on a laptop's CPU.", "边看边学，用笔记本电脑的 CPU 也行。"],
  ["Learns in minutes that what moves goes on: a disc on a table.", "几分钟就学会运动会持续：桌面上的一个圆盘。"],
  [
    "Learns what moves and what comes next, each moment from those before it.",
    "学习什么在动、接下来会怎样：每一刻都由它之前的时刻预测。",
  ],
  ["Sees finer detail; wants a GPU to learn.", "能看到更细的细节；学习需要 GPU。"],
  ["A published size: seconds a look without a GPU.", "公开发布的大小：没有 GPU 时看一次要几秒。"],

  // Classes of one's own.
  [
    "A class needs a name of 1 to {most} characters: give it another one.",
    "类别名须有 1 至 {most} 个字符：请另取一个。",
  ],
  ['There is a class "{name}" already: choose another name.', "已经有类别“{name}”：请另取一个名字。"],
  [
    "There are {classes} classes, and that is as many as there can be: remove one first.",
    "已有 {classes} 个类别，到了上限：请先删除一个。",
  ],
  ["There is no class {id}: choose one of the list.", "没有类别 {id}：请从列表中选择。"],
  ["There is no example {id}: it was removed before.", "没有样例 {id}：它先前已删除。"],
  [
    "{clips} clips fill the {budget} MB that examples may take: remove some, or save this project and begin another.",
    "{clips} 个片段已占满样例的 {budget} MB：请删除一些，或保存此项目后重新开始。",
  ],
  [
    "An example has {found} values where the others have {expected}: it is of another model.",
    "有个样例有 {found} 个值，其他的有 {expected} 个：它来自另一个模型。",
  ],
  [
    "The features of this clip are not finite numbers: try another clip, or ?device=cpu.",
    "这个片段的特征不是有限的数：请换一个片段，或试试 ?device=cpu。",
  ],
  ["Record clips of at least two classes first.", "请先为至少两个类别录制片段。"],
  [
    "These clips were seen by {theirs}, and this is {ours}: load that model first.",
    "这些片段是由 {theirs} 看的，而现在是 {ours}：请先加载那个模型。",
  ],
  [
    "The weights have changed since these clips were seen (features are {share} % off): record them again, or go back to the weights of then.",
    "自录制这些片段以来权重已变（特征偏离 {share} %）：请重新录制，或回到当时的权重。",
  ],
  [
    "This is no project file ({why}): choose one that was saved here.",
    "这不是项目文件（{why}）：请选择在这里保存的文件。",
  ],
  [
    "This project file was damaged since it was saved: save it again, or download it again.",
    "这个项目文件在保存之后损坏了：请重新保存，或重新下载。",
  ],
  [
    "This project file is of version {version}, and this page reads version 1: reload the page to get the newest.",
    "这个项目文件是第 {version} 版，而此页面读第 1 版：请重新加载页面以获取最新版。",
  ],

  // Files of weights.
  [
    "This file holds no V-JEPA: choose a checkpoint of V-JEPA 1, 2 or 2.1.",
    "这个文件里没有 V-JEPA：请选择 V-JEPA 1、2 或 2.1 的检查点。",
  ],
  ['The weights have no "{name}": this file belongs to another model.', "权重里没有“{name}”：这个文件属于另一个模型。"],
  [
    '"{name}" has shape {found} where {expected} is needed: this file belongs to another model.',
    "“{name}”的形状是 {found}，而应为 {expected}：这个文件属于另一个模型。",
  ],
  [
    '"{name}" is stored as {dtype}, which can\'t be read yet: save it as float32.',
    "“{name}”以 {dtype} 存储，还不能读取：请另存为 float32。",
  ],
  [
    '"{name}" is stored as {dtype}, which can\'t be read: save it as float32 or float16.',
    "“{name}”以 {dtype} 存储，不能读取：请另存为 float32 或 float16。",
  ],
  [
    "This is not a readable safetensors file ({why}): download it again.",
    "这个 safetensors 文件无法读取（{why}）：请重新下载。",
  ],
  [
    '"{name}" has values beyond what float16 holds: save the model as float32.',
    "“{name}”有超出 float16 范围的值：请将模型存为 float32。",
  ],
  [
    "This file holds no vjepa-web snapshot: choose one that was saved from this page.",
    "这个文件里没有 vjepa-web 的存档：请选择从此页面保存的文件。",
  ],
  [
    "This file was damaged since it was saved: save it again, or download it again.",
    "这个文件在保存之后损坏了：请重新保存，或重新下载。",
  ],
  ["The configuration beside the weights can't be used: {why}.", "权重旁的配置无法使用：{why}。"],
  ["The weights alone don't tell which model they are of: {why}.", "仅凭权重看不出是哪个模型：{why}。"],
  [
    "The preprocessor file beside the weights can't be followed: {why}. Leave that file out to prepare frames as published.",
    "无法按权重旁的预处理文件处理画面：{why}。不选该文件，即按发布的方式处理。",
  ],
  [
    '"{name}" holds values that are no finite numbers: save the weights again, as float32.',
    "“{name}”中有非有限的数值：请以 float32 重新保存权重。",
  ],
  [
    '"{name}" has values beyond what float16 holds: choose the precision f32 or int8.',
    "“{name}”中有超出 float16 范围的数值：请选择精度 f32 或 int8。",
  ],
  [
    '"{name}" is no part of any V-JEPA that is computed here: this file belongs to another model.',
    "“{name}”不属于此处能计算的任何 V-JEPA：这个文件属于另一个模型。",
  ],
  [
    'The positions in "{name}" are not those that V-JEPA 1 was published with, and no others are computed.',
    "“{name}”中的位置编码不是 V-JEPA 1 发布时所用的，此处不计算其他的。",
  ],
  [
    "The layer norms have an epsilon of {value}; it must be above 0 and at most 1.",
    "层归一化的 epsilon 为 {value}；须大于 0 且不超过 1。",
  ],
  ["it is JSON, but no object with fields in braces", "它是 JSON，但不是带大括号的对象"],
  ["it is no JSON: line {line}, column {column} can't be read", "它不是 JSON：第 {line} 行第 {column} 列无法读取"],
  ["it has no {field}", "缺少 {field}"],
  ['it says "{value}", which is not known here', "其中的“{value}”此处不认识"],
  ["a field of it is of another kind than is needed", "其中一个字段的类型不对"],
  [
    "{key} is {value}, where a whole number from {least} to {most} is needed",
    "{key} 是 {value}，而应为 {least} 至 {most} 的整数",
  ],
  ["{key} is {value}, where whole numbers from 1 to {most} are needed", "{key} 是 {value}，而应为 1 至 {most} 的整数"],
  [
    "{key} is {value}, where a whole number or two equal ones are needed",
    "{key} 是 {value}，而应为一个整数或两个相等的整数",
  ],
  ["{key} is {value}, and only squares are computed here", "{key} 是 {value}，此处只计算正方形"],
  ["{key} is {value}, where a number is needed", "{key} 是 {value}，而应为一个数"],
  ["{key} is {value}, where true or false is needed", "{key} 是 {value}，而应为 true 或 false"],
  ["{key} is {value}, where a list of numbers is needed", "{key} 是 {value}，而应为一列数"],
  ["{key} is {value}, which is not computed here", "{key} 是 {value}，此处不支持"],
  ["layer_norm_eps is {value}, where a number above 0 is needed", "layer_norm_eps 是 {value}，而应为大于 0 的数"],
  [
    "hidden_act is {value}, which is not computed here: of activations {names} are",
    "hidden_act 是 {value}，此处不支持：支持的激活函数有 {names}",
  ],
  [
    "{key} is {count}, and tokens without a place are not computed here",
    "{key} 是 {count}，此处不支持没有位置的 token",
  ],
  [
    "in_chans is {count}, and pictures here have the 3 channels of RGB",
    "in_chans 是 {count}，而此处的图像有 RGB 三个通道",
  ],
  ["{key} is {said}, and that of the weights is {known}", "{key} 是 {said}，而权重的是 {known}"],
  [
    "{key} is {ratio}, and the MLPs of these weights are {hidden} wide, not {width} times that",
    "{key} 是 {ratio}，而这些权重的 MLP 宽 {hidden}，不是 {width} 的那么多倍",
  ],
  ["qkv_bias is false, and these weights have such biases", "qkv_bias 是 false，而这些权重有这样的偏置"],
  [
    "the positions stored with these weights are {tokens}, which are not those of a clip of {frames} frames, {size} pixels a side",
    "权重中存有 {tokens} 个位置，与 {frames} 帧、边长 {size} 像素的片段不符",
  ],
  [
    "a model {width} wide is none of the published ones; add a config.json with num_attention_heads",
    "发布的模型中没有宽 {width} 的；请附上写有 num_attention_heads 的 config.json",
  ],
  ["it has more blocks than the {tensors} tensors of the file", "它的块比文件中的 {tensors} 个张量还多"],
  ["{key} is {found}, where {published} is used here", "{key} 是 {found}，而此处用 {published}"],
  ["{key} is false, and here it is done", "{key} 是 false，而此处会做这一步"],
  ["crop_size is {found}, and that of the model is {crop}", "crop_size 是 {found}，而模型的是 {crop}"],
  ["The file is empty: download it again.", "文件是空的：请重新下载。"],
  [
    "The server sent a web page instead of weights: check the address, and whether the file needs a login.",
    "服务器发来的是网页而不是权重：请检查地址，以及该文件是否需要登录。",
  ],
  [
    "This is a pointer of Git LFS, not the weights it stands for: download the file itself.",
    "这是 Git LFS 的指针，而不是权重本身：请下载文件本身。",
  ],
  [
    "This is a text file in JSON, not weights: choose the .safetensors file that belongs to it.",
    "这是 JSON 文本，而不是权重：请选择与它配套的 .safetensors 文件。",
  ],
  [
    "The file is compressed with gzip: unpack it and choose what was inside.",
    "文件用 gzip 压缩了：请解压后选择里面的文件。",
  ],
  [
    "The file has the format PyTorch wrote before version 1.6: load it in Python and save it again.",
    "这是 PyTorch 1.6 之前的格式：请在 Python 中加载后重新保存。",
  ],
  [
    "This is a TorchScript archive, a program with its weights: load it with torch.jit.load and save its state_dict() with torch.save.",
    "这是 TorchScript 存档，是带权重的程序：请用 torch.jit.load 加载，再用 torch.save 保存它的 state_dict()。",
  ],
  [
    "This is a program written by torch.export: load it with torch.export.load and save its state_dict with torch.save.",
    "这是 torch.export 写的程序：请用 torch.export.load 加载，再用 torch.save 保存它的 state_dict。",
  ],
  [
    "This zip file was not written by PyTorch: choose a .safetensors, .pt or .pth file.",
    "这个 zip 文件不是 PyTorch 写的：请选择 .safetensors、.pt 或 .pth 文件。",
  ],
  [
    "This is no file of weights that can be read here: choose a .safetensors, .pt or .pth file.",
    "这不是此处能读取的权重文件：请选择 .safetensors、.pt 或 .pth 文件。",
  ],
  ["The file ends before its {what}: download it again.", "文件不完整（缺少 {what}）：请重新下载。"],
  [
    "The header of this safetensors file can't be read ({why}): download it again.",
    "这个 safetensors 文件的文件头无法读取（{why}）：请重新下载。",
  ],
  [
    'The safetensors header gives "{name}" a place that does not fit its shape or its neighbours: download it again.',
    "safetensors 文件头给“{name}”的位置与其形状或相邻张量不符：请重新下载。",
  ],
  [
    'The file has two tensors named "{name}": save it again with one of them.',
    "文件里有两个名为“{name}”的张量：请只留其一，重新保存。",
  ],
  [
    "The zip directory of this file can't be read ({why}): download it again.",
    "这个文件的 zip 目录无法读取（{why}）：请重新下载。",
  ],
  [
    "The list of tensors in this PyTorch file can't be read ({why}): download it again.",
    "这个 PyTorch 文件的张量列表无法读取（{why}）：请重新下载。",
  ],
  ['The numbers of "{name}" are not all in the file: download it again.', "“{name}”的数值不全：请重新下载。"],
  [
    "The list of shards can't be read ({why}): download model.safetensors.index.json again.",
    "分片列表无法读取（{why}）：请重新下载 model.safetensors.index.json。",
  ],
  [
    "The {what} of this file would be {found} long, and at most {limit} is read: choose another file.",
    "这个文件的 {what} 长达 {found}，最多只读 {limit}：请选择另一个文件。",
  ],
  [
    "The length of the file is unknown and its directory is at its end: download it and open it from disk.",
    "文件长度未知，而目录在文件末尾：请下载后从本地打开。",
  ],
  [
    '"{name}" is compressed inside the zip file: load the checkpoint in PyTorch and save it again with torch.save.',
    "“{name}”在 zip 文件中是压缩的：请在 PyTorch 中加载检查点，再用 torch.save 保存。",
  ],
  [
    "The file was written on a big-endian machine: load it in PyTorch there and save it as safetensors.",
    "文件写于大端序机器：请在那台机器上用 PyTorch 加载，另存为 safetensors。",
  ],
  [
    'The file wants to run "{name}", which weights don\'t need: use it only if you trust it, after saving its weights as safetensors.',
    "文件想运行“{name}”，而权重并不需要它：只有在信任该文件时，才将其权重另存为 safetensors 后使用。",
  ],
  [
    "The file has an instruction (code {code} at {at}) that weights don't need: save its weights as safetensors.",
    "文件里有权重并不需要的指令（{at} 处的代码 {code}）：请将其权重另存为 safetensors。",
  ],
  [
    '"{name}" is not stored row by row: call .contiguous() on it in PyTorch and save it again.',
    "“{name}”不是按行存储的：请在 PyTorch 中对它调用 .contiguous() 后重新保存。",
  ],
  [
    "This is no model of vjepa-web: give a .safetensors file that the page saved, or that comes with it.",
    "这不是 vjepa-web 的模型：请提供由页面保存或自带的 .safetensors 文件。",
  ],

  // Hosts and what they send.
  [
    "{name} could not be fetched: check the connection; if it works, {host} may not let pages read its files, so {hand}.",
    "{name} 未能获取：请检查网络连接；若连接正常，可能是 {host} 不让网页读取其文件，那么{hand}。",
  ],
  ["download it with your browser and drop it here", "请用浏览器下载，再拖到这里"],
  [
    "The connection to {host} broke off again and again while {name} was read: check it and start again.",
    "读取 {name} 时与 {host} 的连接一再中断：请检查连接后重新开始。",
  ],
  [
    "{host} stopped sending {name}: check the connection and start again.",
    "{host} 不再发送 {name}：请检查连接后重新开始。",
  ],
  [
    "{host} cannot send parts of a file, which {name} needs: {hand}.",
    "{host} 不能分段发送文件，而 {name} 需要分段：{hand}。",
  ],
  ["{name} changed at {host} while it was read: start again.", "读取期间 {host} 上的 {name} 变了：请重新开始。"],
  [
    "{host} {how}, so what it sends of {name} cannot be trusted: {hand}.",
    "{host} {how}，它发来的 {name} 不可信：{hand}。",
  ],
  ["describes the part it sends in a way that makes no sense", "对所发部分的描述不合情理"],
  ["sent another part of the file than was asked for", "发来的不是所请求的部分"],
  ["contradicts itself about how much it sends", "关于发送多少前后矛盾"],
  ["does not have the bytes it announced", "没有它所说的那么多字节"],
  ["says now this and now that about the length of the file", "对文件长度说法不一"],
  ["{name} ends before its contents do, so a part of it is missing. {what}.", "{name} 提前结束，缺了一部分。{what}。"],
  ["Download it again", "请重新下载"],
  [
    "{host} sent {what} instead of {name}: check the address, which has to be that of the file itself.",
    "{host} 发来的是{what}，而不是 {name}：请检查地址，它须是文件本身的地址。",
  ],
  ["a web page", "网页"],
  ["nothing at all", "空内容"],
  [
    "There is no {name} at this address of {host} {http}: check the address.",
    "{host} 的这个地址没有 {name} {http}：请检查地址。",
  ],
  [
    "{host} does not give {name} to everyone {http}: if you may have it, sign in and accept its terms there, {hand}.",
    "{host} 不向所有人提供 {name} {http}：如果你有权获取，请在那里登录并接受条款，{hand}。",
  ],
  [
    "{host} has had too many requests from here {http}: try again in a few minutes.",
    "{host} 收到了太多来自这里的请求 {http}：请过几分钟再试。",
  ],
  [
    "{host} cannot send {name} at the moment {http}: try again later.",
    "{host} 暂时无法发送 {name} {http}：请稍后再试。",
  ],
  [
    "{host} did not send {name} {http}: check the address, or {hand}.",
    "{host} 没有发送 {name} {http}：请检查地址，或者{hand}。",
  ],
  [
    "A source of a checkpoint is from the hub with its repo, from a url with that, or from files with at least one: give one of these.",
    "检查点的来源可以是 hub（附 repo）、url（附 url）或 files（至少一个文件）：请给出其中一种。",
  ],
  ["This address cannot be used: {hint}.", "这个地址无法使用：{hint}。"],
  [
    "give a model of huggingface.co as owner/name, or the address of a file of weights that begins with https://",
    "请以 owner/name 的形式给出 huggingface.co 上的模型，或给出以 https:// 开头的权重文件地址",
  ],
  ["it is not that of a model on the hub, which has the form owner/name", "它不是 hub 上的模型地址（形如 owner/name）"],
  [
    "it is neither the page of a model on the hub nor that of one of its files",
    "它既不是 hub 上模型的页面，也不是其中文件的页面",
  ],
  [
    "There are no weights among these files: choose a .safetensors, .pt, .pth, .pth.tar or .bin file.",
    "这些文件里没有权重：请选择 .safetensors、.pt、.pth、.pth.tar 或 .bin 文件。",
  ],
  [
    "“{name}” names no checkpoint: give one of the catalogue, a repository as owner/name, or an address.",
    "“{name}”不是检查点：请给出目录中的一个、形如 owner/name 的仓库，或一个地址。",
  ],
  [
    "{name} is one of several parts: choose {index} and all parts together.",
    "{name} 只是几个部分之一：请将 {index} 与所有部分一起选择。",
  ],
  [
    "{name} does not say which files hold the weights: download it again.",
    "{name} 没有说明哪些文件存放权重：请重新下载。",
  ],
  ["There are several files of weights ({names}): choose one of them.", "有多个权重文件（{names}）：请选择其中一个。"],
  ["{shard} is missing: choose it together with the other parts.", "缺少 {shard}：请与其他部分一起选择。"],
  ["A part of the model is missing. {why}", "模型缺少一部分。{why}"],
  [
    "There is neither {whole} nor {index} at {host}: check the address, or give that of the file of weights.",
    "{host} 上既没有 {whole} 也没有 {index}：请检查地址，或给出权重文件的地址。",
  ],
  [
    "{name} can no longer be read, perhaps because it was moved or changed: choose it again.",
    "{name} 不能再读取，也许它被移动或改动了：请重新选择。",
  ],
  [
    "{name} is not the file that was published, whose SHA-256 begins {expected} and not {found}: load it again, or from elsewhere.",
    "{name} 不是公布的那个文件，公布文件的 SHA-256 以 {expected} 开头，而不是 {found}：请重新加载，或从别处加载。",
  ],
  [
    "{name} could not be fetched, so nothing can be compared: check the connection and try again.",
    "{name} 未能获取，无法比较：请检查连接后再试。",
  ],
  ["Its SHA-256 is the one that was published.", "其 SHA-256 与公布的一致。"],
  ["Its SHA-256 is the one that was published, in all parts.", "其各部分的 SHA-256 都与公布的一致。"],
  ["Its SHA-256 is that of {title}, as it was published.", "其 SHA-256 与公布的 {title} 一致。"],

  // What this browser keeps.
  [
    "What was kept of {name} is no longer what was fetched, and was removed: load it again.",
    "保存在此的 {name} 与当初获取的不符，已删除：请重新加载。",
  ],
  [
    "{name} is being read: wait until it is loaded, or close the other tab that loads it.",
    "{name} 正在读取：请等它加载完，或关闭正在加载它的另一个标签页。",
  ],
  ["The file could not be read ({why}): try again.", "文件未能读取（{why}）：请重试。"],
  ["The file can't be read ({why}): check that it is complete.", "文件无法读取（{why}）：请检查它是否完整。"],
  ["The data ends too early: load it again.", "数据提前结束：请重新加载。"],
  ["This file", "这个文件"],
  [
    "There is no room to keep {name} in this browser, so it will be fetched again next time: remove other kept models or free disk space.",
    "此浏览器没有空间保存 {name}，下次要重新获取：请删除其他保存的模型，或腾出磁盘空间。",
  ],
  [
    "{name} could not be kept in this browser, so it will be fetched again next time.",
    "{name} 未能保存在此浏览器中，下次要重新获取。",
  ],
  [
    "The browser did not promise to keep the files: it may clear them if the disk runs low.",
    "浏览器没有保证保留这些文件：磁盘空间不足时可能会清除。",
  ],
  [
    "The disk, or what this browser may use of it, is full: the earlier save stays and training goes on; free some space, or export the run.",
    "磁盘（或此浏览器可用的部分）已满：先前的存档仍在，训练继续；请腾出空间，或导出这次训练。",
  ],
  [
    "The save is in use by another tab: close that tab, or export the run.",
    "存档正被另一个标签页使用：请关闭那个标签页，或导出这次训练。",
  ],
  [
    "This browser keeps nothing for this page, as in some private windows and sandboxed frames: export the run to keep it.",
    "此浏览器不为这个页面保存任何内容（某些无痕窗口和沙盒框架就是如此）：要保留这次训练，请导出。",
  ],
  [
    "The worker that keeps saves did not start, so nothing is saved here: export the run to keep it, and reload the page or update the browser.",
    "保存存档的后台线程未能启动，因此这里什么也不会保存：请导出该次训练以保留它，并重新加载页面或更新浏览器。",
  ],
  [
    "Another tab trains and saves here: this one saves once that tab is closed.",
    "另一个标签页正在这里训练和保存：它关闭之后，此标签页才会保存。",
  ],
  ["Resumed “{name}” at step {step}, saved on {when}.", "已恢复“{name}”，第 {step} 步，保存于 {when}。"],
  ["“{name}” at step {step}, saved on {when}.", "“{name}”，第 {step} 步，保存于 {when}。"],
  ["A newer save was damaged and is not used.", "更新的一份存档已损坏，没有使用。"],
  [
    "{title} is for no commercial use ({licence}): agree to that to load it.",
    "{title} 不得用于商业用途（{licence}）：同意后才能加载。",
  ],

  // Sources.
  [
    "Browsers give a camera only to pages served over https or from localhost: open the page that way.",
    "浏览器只允许经 https 或 localhost 打开的页面使用摄像头：请以那种方式打开。",
  ],
  ["{name} is a picture: every frame of the clip is the same.", "{name} 是图片：片段的每一帧都相同。"],
  [
    "{name} is animated, but this browser shows only its first frame: every frame of the clip is the same.",
    "{name} 是动图，但此浏览器只能显示它的第一帧：片段的每一帧都相同。",
  ],
  [
    "{name} is an animated picture of {frames} frames: it is played in a loop.",
    "{name} 是 {frames} 帧的动图：循环播放。",
  ],
  ["Another source was chosen meanwhile.", "其间选择了另一个视频源。"],
  [
    "The source was opened but does not play: choose it again, or another one.",
    "视频源已打开，但无法播放：请重新选择，或换一个。",
  ],
  [
    "The video has not arrived yet: wait a little, or choose another source.",
    "视频尚未到达：请稍候，或选择另一个视频源。",
  ],
  [
    "The camera has not answered yet: allow it in the browser's question, or choose another source.",
    "摄像头尚无回应：请在浏览器的询问中允许使用，或选择另一个视频源。",
  ],
  [
    "The camera is on and has given no picture yet: wait a little, or choose another source.",
    "摄像头已开启，但尚无画面：请稍候，或选择另一个视频源。",
  ],
  [
    "The camera gives no picture: open its shutter, close other programs that use it, and choose it again.",
    "摄像头没有画面：请打开镜头盖，关闭占用它的其他程序，再重新选择。",
  ],
  [
    "The camera gives no picture just now: open its shutter or close other programs that use it, and it goes on by itself.",
    "摄像头此刻没有画面：请打开镜头盖，或关闭占用它的其他程序，之后会自动继续。",
  ],
  [
    "No such camera was found: connect one and choose it again, or use a video file.",
    "没有找到这个摄像头：请连接后重新选择，或改用视频文件。",
  ],
  [
    "The camera is in use by another program: close that one and choose the camera again.",
    "摄像头正被另一个程序使用：请关闭那个程序，再重新选择摄像头。",
  ],
  ["The camera stopped or was unplugged: plug it in and choose it again.", "摄像头已停止或被拔出：请插好后重新选择。"],
  [
    "The camera was not allowed: allow it beside the address of the page, then choose it again.",
    "摄像头未获允许：请在地址栏旁允许，然后重新选择。",
  ],
  [
    "The camera could not be opened ({why}): try another one, or a video file.",
    "摄像头无法打开（{why}）：请试试另一个，或视频文件。",
  ],
  ["The procedural world is shown meanwhile.", "暂时显示程序生成的世界。"],
  ["No video was given: choose a file, or drop one on the page.", "没有提供视频：请选择一个文件，或拖到页面上。"],
  ["The video broke off: its data is damaged here; choose another one.", "视频中断了：数据在此处损坏；请换一个。"],
  [
    "{name} cannot be played as a video: it is damaged, or of a format this browser does not know; try an MP4 or WebM.",
    "{name} 无法作为视频播放：它已损坏，或是此浏览器不认识的格式；请试试 MP4 或 WebM。",
  ],
  [
    "{name} cannot be shown as a picture: it is damaged, or of a format this browser does not know; try a PNG or JPEG.",
    "{name} 无法作为图片显示：它已损坏，或是此浏览器不认识的格式；请试试 PNG 或 JPEG。",
  ],
  ["{name} has sound but no picture: choose a file with video.", "{name} 有声音但没有画面：请选择有视频的文件。"],
  ["{name} is empty (0 bytes): choose another video.", "{name} 是空的（0 字节）：请换一个视频。"],
  [
    "{name} is too short ({duration} s): a clip needs at least two frames, {least} s.",
    "{name} 太短（{duration} 秒）：一个片段至少需要两帧，即 {least} 秒。",
  ],
  [
    "{address} could not be fetched: check the address, and that its host lets other pages read it.",
    "{address} 未能获取：请检查地址，以及该主机是否允许其他网页读取。",
  ],
  [
    "{name} lasts {duration} s and a clip {clip} s: it is played in a loop.",
    "{name} 长 {duration} 秒，而一个片段长 {clip} 秒：它将循环播放。",
  ],
  [
    "{name} is {width}×{height}: its frames are scaled down, and a smaller video would play more smoothly.",
    "{name} 为 {width}×{height}：各帧会缩小，较小的视频播放会更流畅。",
  ],
  ["The bundled clip", "自带的片段"],
  [
    "The video has no pixels ({frames} frames of {width}x{height}): choose another file.",
    "视频没有像素（{width}×{height} 的 {frames} 帧）：请选择另一个文件。",
  ],
  [
    "The video has {found} bytes where {expected} are needed: send RGB frames of equal size.",
    "视频有 {found} 字节，而应为 {expected} 字节：请提供同样大小的 RGB 帧。",
  ],
  [
    "A box of {h}x{w} pixels at row {top}, column {left} leaves the frame: choose one inside it.",
    "第 {top} 行第 {left} 列处 {h}×{w} 像素的框超出了画面：请选择画面内的框。",
  ],
  ["A clip of 0 pixels a side was asked for: set the size to 1 or more.", "要求的片段边长为 0 像素：请设为 1 或更大。"],
  ["The video has no frames: choose another file.", "视频没有帧：请选择另一个文件。"],
  [
    "A sample needs at least one clip of at least one frame: set clips and frames to 1 or more.",
    "采样至少需要一个片段、一帧：请将两者设为 1 或更大。",
  ],

  // Released checkpoints and what they take.
  ["{size}, {pixels}, everyday actions", "{size}, {pixels}，日常动作"],
  ["{size}, {pixels}, diving", "{size}, {pixels}，跳水"],
  [
    "Not for commercial use. Whoever uses the weights has to name their authors.",
    "不得用于商业用途。使用这些权重须注明作者。",
  ],
  ["As its card on the hub says.", "依其在 hub 上的说明。"],
  [
    "The licence of the repository it was released with. The weights have none of their own.",
    "发布它的仓库的许可证。权重本身没有单独的许可证。",
  ],
  [
    "Predicts features of four of its layers, and what it sees as well as what is hidden, which makes them sharper in space.",
    "预测四个层的特征，既预测看得见的也预测被遮住的，因此特征在空间上更清晰。",
  ],
  ["The CPU engine holds weights in f32 only.", "CPU 引擎只能以 f32 存放权重。"],
  ["It needs {total}, and the CPU engine can hold {most}.", "它需要 {total}，而 CPU 引擎只能容纳 {most}。"],
  [
    "Its largest buffer is {largest}, and the graphics adapter allows {most}.",
    "它最大的缓冲区为 {largest}，而显卡只允许 {most}。",
  ],
  [
    "It needs {total}. The browser does not say how much memory there is.",
    "它需要 {total}。浏览器没有说明有多少内存。",
  ],
  [
    "It needs {total}, and the browser reports {memory} of memory. There may be more.",
    "它需要 {total}，而浏览器报告有 {memory} 内存。实际可能更多。",
  ],
  ["It may be tight: {total} of {memory}.", "可能紧张：{memory} 中占 {total}。"],
  ["It fits: {total} of {memory}.", "放得下：{memory} 中占 {total}。"],
  [
    "f16: its weights take {halves}, within half of the reported {memory} of memory.",
    "f16：权重占 {halves}，不超过所报告的 {memory} 内存的一半。",
  ],
  [
    "f16: its weights take {halves}, within half of an assumed {memory} of memory.",
    "f16：权重占 {halves}，不超过假定的 {memory} 内存的一半。",
  ],
  [
    "int8, because f16 would take {halves}, more than half of the reported {memory} of memory.",
    "int8，因为 f16 要占 {halves}，超过所报告的 {memory} 内存的一半。",
  ],
  [
    "int8, because f16 would take {halves}, more than half of an assumed {memory} of memory.",
    "int8，因为 f16 要占 {halves}，超过假定的 {memory} 内存的一半。",
  ],
  ["Distilled from ViT-G.", "由 ViT-G 蒸馏而来。"],
  [
    "Meta's own file of this model, with the online encoder and the optimiser beside it.",
    "Meta 自己的模型文件，附有在线编码器和优化器。",
  ],
  [
    "Names one of 174 things that hands do with objects (Something-Something v2).",
    "说出手对物体所做的 174 种事之一（Something-Something v2）。",
  ],
  ["Names one of 48 dives (Diving48).", "说出 48 种跳水动作之一（Diving48）。"],
  [
    "The first V-JEPA, twice the parameters, trained on larger pictures.",
    "第一代 V-JEPA，参数加倍，用更大的画面训练。",
  ],
  ["The first V-JEPA, twice the parameters.", "第一代 V-JEPA，参数加倍。"],
  [
    "The first V-JEPA: two million videos, every fourth frame, fixed position tables.",
    "第一代 V-JEPA：两百万个视频，每四帧取一帧，固定位置表。",
  ],
  ["The model of the V-JEPA 2 paper, trained on larger pictures.", "V-JEPA 2 论文中的模型，用更大的画面训练。"],
  ["The model of the V-JEPA 2 paper.", "V-JEPA 2 论文中的模型。"],
  ["The smallest V-JEPA 2, and the one to begin with.", "最小的 V-JEPA 2，适合从它开始。"],
  ["The smallest of all releases, distilled from ViT-G.", "所有发布中最小的，由 ViT-G 蒸馏而来。"],
  ["Twice the parameters of ViT-L.", "参数是 ViT-L 的两倍。"],
  ["The largest.", "最大的一个。"],
  // Laws that are broken in the live world.
  [
    "Laws are broken in the procedural world only: choose it as the source.",
    "只能在程序生成的世界中打破定律：请选择它作为来源。",
  ],
  ["Nothing is left in this scene: begin a new one.", "这个场景里什么都不剩了：请开始新的场景。"],
  ["This scene has no pillar to vanish behind: begin a new one.", "这个场景没有可以藏到后面的柱子：请开始新的场景。"],
  ["This scene has no block to go through: begin a new one.", "这个场景没有可以穿过的方块：请开始新的场景。"],
  ["Nothing falls in this scene: begin a new one.", "这个场景里没有东西会下落：请开始新的场景。"],
  [
    "Things have only one shape in this world: choose a richer one.",
    "这个世界里的物体只有一种形状：请选择更丰富的世界。",
  ],
  [
    "There is no moment for it in the next ten seconds: choose another violation, or begin a new scene.",
    "接下来十秒内没有合适的时机：请选择另一种违背，或开始新的场景。",
  ],
  ["A law is being broken already: wait until it is counted.", "已有一条定律正在被打破：请等它计入结果。"],
  ["The model is finding out what is usual here: wait a few seconds.", "模型正在了解这里的常态：请稍等几秒。"],
];
