// @ts-check
/**
 * The one place where everything that crosses between page, worker and wasm is written down.
 *
 * The page sends `Request`s over a MessagePort and gets one `Reply` each, in order; `Notice`s come unasked.
 *
 * @typedef {"cpu"|"webgpu"} DeviceKind
 * @typedef {"vjepa1"|"vjepa2"|"vjepa21"} Family   2.1 only as a checkpoint
 * @typedef {string} MaskKind         one of `masks` of `Constants`, e.g. "future"
 *
 * @typedef {import("../base/messages.js").Message} Message   a sentence by key and values, and its English
 *
 * @typedef {{code: string} & Message} Failure   an error as the page shows it: one clear sentence that says what to do next
 *   `code`: what kind it is, for programs, e.g. "device-lost", "bad-config", "no-clip", "engine-crashed". Its sentence has
 *   a `key` of its own, and what stands in it are its `values`.
 *
 * @typedef {object} DeviceInfo
 * @property {DeviceKind} kind
 * @property {string} adapter        name as the browser gives it, or "CPU (WebAssembly SIMD)"
 * @property {boolean} software      a WebGPU adapter without hardware behind it
 * @property {number} maxBufferBytes largest single storage binding; 0 where it has no such limit
 *
 * @typedef {object} ModelInfo
 * @property {Family} family
 * @property {string} preset
 * @property {number} params         trainable parameters of encoder and predictor
 * @property {number} tokens         a clip
 * @property {number} width
 * @property {number} depth
 * @property {[number, number, number]} grid   tubelets, rows, columns
 * @property {number} frames         a clip
 * @property {number} size           pixels a side
 * @property {number} patch
 * @property {number} tubelet        frames a token
 * @property {number} batch          clips a training step
 * @property {boolean} [causal]      frame-causal: predicts each tubelet from those before it
 * @property {string} [name]         of a checkpoint, e.g. "vjepa2-vitl-fpc64-256"
 * @property {"f32"|"f16"|"int8"} [precision]  of the weights
 * @property {boolean} [checkpoint]  loaded from elsewhere: it cannot be trained
 * @property {number} [classes]      labels of its classifier; 0 without one
 * @property {boolean} [actions]     it predicts what actions lead to, so that an agent can act with it
 * @property {boolean} [energies]    a checkpoint that predicts what a hand's actions lead to: see `action-energies`
 *
 * @typedef {object} Preset
 * @property {string} name
 * @property {Message} summary       one line for the picker
 * @property {number} params
 * @property {number} tokens
 * @property {number} size
 * @property {number} frames
 * @property {number} bytes          f32 weights of encoder, target encoder and predictor
 *
 * @typedef {object} Constants       lists and numbers that are the engine's: the page has none of its own
 * @property {number} threshold      where the alarm stands at first, in deviations
 * @property {number} warmUp         windows until it is known what is usual
 * @property {Violation[]} violations   what can't be in a matched pair
 * @property {MaskKind[]} masks      what can be hidden in a look
 * @property {Record<"f32"|"f16"|"int8", {value: number, channel: number}>} bytes
 *   what a matrix of weights takes: bytes of one value, and what each output channel has besides
 *
 * @typedef {"healthy"|"thinning"|"collapsed"} Verdict   whether features still tell tokens apart; the engine judges
 *
 * @typedef {object} Look            what the model makes of the clip in the ring
 * @property {Uint8Array} frames     RGBA, [T, size, size, 4]
 * @property {Uint32Array} grid      tubelets, rows, columns; of a still picture that is one token deep, [1, rows, columns]
 * @property {number} tubelet        frames a token
 * @property {Uint32Array} context   tokens the context encoder saw, ascending
 * @property {Uint32Array} target    tokens that were hidden and predicted, ascending
 * @property {Uint8Array} pca        RGB of the target encoder's features, [tokens, 3]
 * @property {Uint8Array} predictedPca  RGB of the predicted features in the same basis, [tokens, 3]; black off target
 * @property {Float32Array} error    mean |predicted - actual| a token, [tokens]; NaN off target
 * @property {number} loss           mean of `error` over the target
 * @property {Float32Array} std      standard deviation of each feature dimension over tokens, [width]
 * @property {number} effectiveRank  exp of the entropy of the features' singular values, 1..width
 * @property {Verdict} verdict       on both, by the rule of training
 * @property {Message | null} reason  null while healthy
 * @property {Float32Array} scatter  [clips, 2]: pooled embeddings of recent clips in their first two components, newest last
 * @property {Guess[]} [guesses]     the top five of a classifier, most likely first
 *
 * @typedef {Pick<Look, "frames" | "grid" | "tubelet"> & {size: number}} Preview   a clip without anything made of it; `size`: pixels a side
 *
 * @typedef {object} TrainReport
 * @property {number} step           steps taken since the weights were made
 * @property {number[]} losses       of the steps just taken
 * @property {number} learningRate
 * @property {number} momentum       of the EMA
 * @property {number} engines        that had a part in the last step: others may share it
 * @property {Health} health         of the last step's target features, normed over channels as the loss sees them
 *
 * @typedef {object} Health
 * @property {number} std            mean over channels of their standard deviation over the tokens of a clip, 0..1
 * @property {number} effectiveRank  1..width, over the tokens of a clip as well
 * @property {Verdict} verdict
 * @property {Message | null} reason  null while healthy
 *
 * @typedef {object} WorldSpec       what kinds of scenes a world shows: shares 0..1 of scenes, lengths in sides of the picture
 * @property {string} name
 * @property {[number, number]} objects   fewest and most
 * @property {[number, number]} radius    smallest and largest
 * @property {[number, number]} speed     slowest and fastest start, a frame
 * @property {number} gravity        share of scenes in which things fall
 * @property {number} fall           how fast they do, a frame squared
 * @property {number} occluder       share of scenes with a pillar to pass behind
 * @property {number} solid          share of scenes with a block to bounce off
 * @property {number} camera         share of scenes seen by a camera that moves
 * @property {number} distractor     share of scenes in which the background moves
 * @property {number} shapes         kinds of shapes, 1..4
 * @property {number} patterned      share of objects with a pattern
 * @property {number} grain          contrast of the background's grain, 0 for none
 *
 * @typedef {object} MaskSpec        one generator of hidden blocks
 * @property {number} blocks
 * @property {[number, number]} temporalScale   share of the tubelets a block spans
 * @property {[number, number]} spatialScale    share of a frame's patches it covers
 * @property {[number, number]} aspectRatio     height / width
 * @property {number} maxTemporalKeep           share of the tubelets the context may come from
 * @property {number | null} maxKeep            most context tokens
 * @property {boolean} fullComplement
 * @property {boolean} predFullComplement
 * @property {boolean} invBlock
 *
 * @typedef {object} MaskMix         what the predictor is asked for, step by step
 * @property {MaskSpec[]} blocks     generators of steps that hide blocks
 * @property {number} future         share of steps that ask for the future instead, 0..1
 * @property {[number, number]} past      fewest and most tubelets that are seen then
 * @property {[number, number]} horizon   fewest and most tubelets that are asked for then
 *
 * @typedef {object} Schedule
 * @property {number} warmup         steps of linear warm-up
 * @property {number} horizon        steps until the curves reach their ends
 * @property {number} learningRateStart
 * @property {number} learningRate   at the end of the warm-up
 * @property {number} learningRateFinal
 * @property {"cosine"|"constant"|"linear"|"trapezoid"} decay
 * @property {number} weightDecay
 * @property {number} weightDecayFinal
 * @property {number} momentum       of the EMA
 * @property {number} momentumFinal
 *
 * @typedef {object} Ablation        what keeps V-JEPA from collapsing, each of which can be taken away; all true is V-JEPA
 * @property {boolean} ema           off: the target encoder is the context encoder as it is now
 * @property {boolean} stopGradient  off: the targets learn, too
 * @property {boolean} predictor     off: the guess is the mean of the context's features
 *
 * @typedef {object} Scenes          shares 0..1 of training scenes; null: as the world has them
 * @property {number | null} occluder   with a pillar
 * @property {number | null} solid   with a block
 * @property {number | null} gravity
 * @property {number | null} passing  in which something passes behind a pillar within the clip
 * @property {number | null} narrow   least share of its width that a pillar has
 * @property {number} late           scenes of every second batch began up to so many frames ago
 *
 * @typedef {object} Regulariser
 * @property {"none"|"vicreg"|"sigreg"} kind
 * @property {number} weight         of its term in the loss, 0..100
 *
 * @typedef {object} ActionRecipe    terms of the loss of a model with actions; a weight of 0 takes one away
 * @property {{blocks: [number, number], shut: number}} rooms   fewest and most blocks; share of rooms with a shut door
 * @property {number} rollOut        frames that are rolled out in the loss, 1..64; 1: teacher forcing alone
 * @property {boolean} imaginedStates   in roll-outs it feels what it would in imagination, as if nothing were in the way
 * @property {boolean} encoder       it learns from what actions do; off: from masked clips alone, as published
 * @property {number} masked         weight of the loss on masked clips
 * @property {number} inverse        of the inverse dynamics
 * @property {number} similarity     of similarity in time
 * @property {number} reflex         of the reflex
 * @property {number} distance       of the temporal distance
 *
 * @typedef {object} Recipe          everything a run is, besides the model and the weights it starts from
 * @property {WorldSpec} world       trained on, and shown, while a world is the source
 * @property {MaskMix} masks
 * @property {Schedule} schedule
 * @property {number} batch          clips a step, 1..64
 * @property {number | null} clip    largest gradient norm after the warm-up
 * @property {"absolute"|"squared"} loss   how far a guess is from its target
 * @property {number} encoderRate    the encoder's learning rate, as a share of the predictor's, 0..10
 * @property {Ablation} ablation
 * @property {{muon: boolean, beta2: number}} optimiser   Muon for the matrices of transformer blocks, AdamW for the rest
 * @property {number} predictorMomentum     the predictor is evaluated as its own moving average; 0: as it is
 * @property {number} hiddenWeight          frame-causal models: weight of hidden tokens beside the tubelets ahead
 * @property {number} changeWeight          frame-causal models: how much more patches count that change; 0: all alike
 * @property {Scenes} scenes         trained on more often than the world has them
 * @property {Regulariser} regulariser      added to the loss so that features stay apart
 * @property {ActionRecipe} [actions]       of models with actions alone
 *
 * @typedef {{learningRate?: number, momentum?: number}} Rates   held from the next step on, whatever the schedule said
 *
 * @typedef {{kind: "world", seed: number} | {kind: "other"}} RunSource   frames of a camera or file are in no run file
 * @typedef {{step: number, recipe: Recipe, source: RunSource, notes: string}} Run   what a run file says besides weights
 * @typedef {{clips: number, bytes: number, budget: number}} Bank   clips of pushed frames that training draws from
 *
 * @typedef {{device: "auto"|DeviceKind, family: Family, preset: string, seed: number, checkpoint?: CheckpointSettings, workers?: number}} OpenSettings
 *   With a checkpoint, family and preset are its own. `workers`: engines that share steps and exams on the CPU; 0: as many as suits.
 *
 * @typedef {object} Opened
 * @property {DeviceInfo} device
 * @property {Message[]} why         why this engine runs
 * @property {ModelInfo} model
 * @property {Constants} constants
 * @property {number} step
 * @property {LoadReport} [report]   of a checkpoint
 *
 * @typedef {{from: "hub", repo: string, revision?: string} | {from: "url", url: string} | {from: "files", files: File[]}} CheckpointSource
 * @typedef {"auto"|"f32"|"f16"|"int8"} PrecisionChoice
 * @typedef {{source: CheckpointSource, precision: PrecisionChoice, frames: number}} CheckpointSettings
 *   `frames`: a clip; 0: 16, or as few as the model has.
 *
 * @typedef {object} LoadReport      what came of a file
 * @property {string} name
 * @property {"f32"|"f16"|"int8"} precision
 * @property {number} matched        tensors of the file that are in the model
 * @property {string[]} missing      of the model that the file lacks (only optional ones: loading fails otherwise)
 * @property {string[]} unused       of the file that the model does not use
 * @property {string[]} [wrappers]   what was wrapped around the model and taken off the names, such as "module"
 * @property {number} bytes          read
 * @property {string} sha256         of the bytes read, in order; of several files, with spaces between
 * @property {Message | null} verified   that the hash equals the published one
 * @property {boolean} kept          it is kept in this browser
 *
 * @typedef {{key: string, name: string, url: string, bytes: number, size: number, complete: boolean, sha256: string, savedAt: number}} Kept
 *   A file kept in this browser: `bytes` of `size` are there; `savedAt` in milliseconds since 1970.
 * @typedef {{used: number, quota: number, persisted: boolean}} Usage   bytes of this page's storage, and whether the browser may clear it
 * @typedef {{kept: Kept[], usage: Usage | null}} Keeping   null where this browser keeps nothing
 * @typedef {{fixture: string, what: string, precision: string, worst: number, mean: number, cosine: number, tolerance: number, passed: boolean}} ProofRow
 * @typedef {"simple"|"standard"|"rich"} WorldName
 * @typedef {{seed: number, world: WorldName, pairs: number, probes: {train: number, validation: number, test: number}}} ExamSettings
 *   `pairs` of each kind of what can't be; scenes that `probes` are fitted by, chosen with and reported on, none for no probes
 * @typedef {{n: number, value: number, low: number, high: number}} Share   of n, 0..1, with its interval of 95 %
 * @typedef {{score: number, each: number[], readout: "pooled"|"grid"|"attended"}} Told   `score`: mean of each component's
 *
 * @typedef {object} ExamKind        pairs of one kind
 * @property {string} violation      what can't be, e.g. "vanish-hidden"
 * @property {Share} mean            told apart by mean surprise
 * @property {Share} max             by the largest surprise of a window
 * @property {Share} peak            by the most surprising place, one tubelet ahead
 * @property {number | null} alarm   area under the ROC curve of that as an alarm, which knows one clip of a pair only
 * @property {{possible: number[], impossible: number[]}} errors   by tubelets ahead, nearest first
 *
 * @typedef {object} ExamProbe       what a linear map tells from frozen features
 * @property {"position"|"velocity"|"colour"|"shape"|"count"} asked
 * @property {"r2"|"accuracy"} measure
 * @property {number} chance         what guessing scores
 * @property {Told} model
 * @property {Told} untrained        an encoder with random weights
 * @property {Told} pixels
 *
 * @typedef {object} ExamReport      so far; complete once `done` equals `portions`
 * @property {number} done
 * @property {number} portions
 * @property {ExamKind[]} kinds
 * @property {string[]} skipped      kinds that this world can't show in clips of this length
 * @property {Share | null} mean     pairs of all kinds together
 * @property {Share | null} max
 * @property {Share | null} peak
 * @property {number | null} alarm   as of a kind, over the clips of all
 * @property {{clips: number, std: number, effectiveRank: number, width: number} | null} features
 * @property {ExamProbe[]} probes
 * @property {{share: Share, chance: number} | null} neighbours   of real video
 *
 * @typedef {object} AlarmReport     of the window it comes with, and of all before; events are numbered from 0
 * @property {number | null} began   the event that begins with this window
 * @property {boolean} ringing       an event goes on
 * @property {number} threshold      in deviations
 * @property {number} alarms
 * @property {number} falseAlarms    of these, how many the visitor called false
 *
 * @typedef {object} SurpriseReading the newest window; heat is in deviations above what is usual at its place
 * @property {Float32Array} errors   mean |predicted - actual| of each place, [rows * columns]
 * @property {number} error          their mean
 * @property {Float32Array} heat     [rows * columns]; all 0 until calibrated, as are the three below
 * @property {number} mean           of heat
 * @property {number} max            of heat
 * @property {number} peak           mean of the ninth of the places that are hottest: what the alarm hears
 * @property {number} missing        windows until calibrated
 * @property {Uint8Array} frames     RGBA of the tubelets that were predicted, [horizon * tubelet, size, size, 4]
 *
 * @typedef {Message} Lacking        why a law can't be broken in this scene
 *
 * @typedef {object} LawReport       laws that the visitor broke in the live world, and what the alarm made of them
 * @property {Violation | null} pending    being broken, and not counted yet
 * @property {Violation | null} happened   in this window
 * @property {{violation: Violation, noticed: boolean} | null} outcome   counted in this window
 * @property {LawScore} score
 *
 * @typedef {object} LawScore        since the model was opened
 * @property {number} broken
 * @property {number} noticed
 * @property {number} windows        without a violation, once calibrated
 * @property {number} falseAlarms    that began in them
 * @property {{violation: Violation, broken: number, noticed: number}[]} kinds   of those that were broken
 *
 * @typedef {object} Trust           a fast label checked by that window, and what is surprising while an alarm rings
 * @property {"none"|"unknown"|"unsure"|"sure"|"wait"} verdict
 *   `none`: there is no label; `unknown`: it is not known yet what is usual; `wait`: sure, yet an alarm rings or rang within
 *   the clip that the label is of
 * @property {Uint32Array} places    that keep the alarm ringing, hottest first; none while it is silent or fading
 * @property {Part | null} part      roughly where their middle is
 *
 * @typedef {`${"top"|"bottom"}-${"left"|"right"}`|"top"|"left"|"middle"|"right"|"bottom"} Part   a third of the picture each way
 * @typedef {SurpriseReading & AlarmReport & Trust & {laws: LawReport, lacking: [Violation, Lacking | null][]}} Surprise
 *
 * @typedef {object} Imagination     hidden tokens as the predictor fills them, shown as real patches; H of them, k patches each
 * @property {Uint32Array} hidden    ascending, [H]
 * @property {Float32Array} error    mean |imagined - actual|, [H]
 * @property {Float32Array} similarity   cosine of imagined and actual features, [H]
 * @property {number} shown          k: 3, or as many as there are
 * @property {Float32Array} similarities   of each patch with what was imagined, best first, [H, k]
 * @property {Uint32Array} clips     where it is from: so many remembered clips ago, 0 is this one; [H, k]
 * @property {Uint32Array} tokens    and which token of it, [H, k]
 * @property {Uint8Array} patches    RGBA, a middle frame each, [H, k, patch, patch, 4]
 * @property {Uint8Array} truth      the hidden pixels themselves, [H, patch, patch, 4]
 * @property {Uint8Array} frames     the clip, RGBA, [T, size, size, 4]
 * @property {number} clipsSearched
 *
 * @typedef {object} SurpriseCurve   of W tubelets of a clip, each predicted from those before it
 * @property {number} first          the tubelet that the first value is about; each after it, one more
 * @property {Float32Array} peak     mean of the ninth of the places that are furthest off, as exams measure it, [W]
 * @property {Float32Array} mean     mean |predicted - actual| of all places, [W]
 * @property {Float32Array} heat     of each place, beyond what the model itself expects to be wrong, if it does, [W, rows * columns]
 *
 * @typedef {{errors: Float32Array, mean: Float32Array, peak: Float32Array}} Horizon   by tubelets ahead, nearest first:
 *   [steps, rows * columns], [steps], [steps]
 * @typedef {{past: number, predicted: Horizon, unchanged: Horizon}} Roll   `unchanged`: of saying that nothing changes
 * @typedef {{axes: [number, number], side: number, reach: number, state?: number[]}} EnergyWish   which actions are tried:
 *   two numbers of an action go from `-reach` to `reach` in `side` steps, the others are 0; `state`: of the agent, 0s
 * @typedef {{steps: number, losses: number[]}} Adaptation   `steps` since it began; losses of those just taken
 *
 * @typedef {{id: number, name: string}} FewshotClass
 * @typedef {object} Examples        classes taught by a few clips
 * @property {FewshotClass[]} classes
 * @property {{id: number, class: number}[]} examples
 * @property {{clips: number, bytes: number, budget: number, most: number}} usage   `most`: clips that fit into the budget
 * @property {number} undo           changes that can be taken back
 * @property {number} redo
 *
 * @typedef {{do: "add-class", name: string} | {do: "rename-class", class: number, name: string}
 *   | {do: "remove-class", class: number} | {do: "remove-example", example: number} | {do: "undo"} | {do: "redo"}} Teaching
 *
 * @typedef {{class: number, name: string, share: number}} FewshotGuess   share of certainty, 0..1
 * @typedef {object} FewshotAnswer   the likeliest first
 * @property {FewshotGuess[]} ridge
 * @property {FewshotGuess[]} knn
 * @property {{example: number, class: number, similarity: number}[]} nearest
 * @property {number} drift          how far the model's features are from those of the examples, 0 for not at all
 *
 * @typedef {object} FewshotScore    each example told by the others
 * @property {{n: number, value: number, low: number, high: number}} accuracy
 * @property {number} balanced       mean over classes
 * @property {number} confidence     mean of those told
 * @property {number[][]} confusion  [truth][told]
 *
 * @typedef {{classes: FewshotClass[], counts: number[], ridge: FewshotScore, knn: FewshotScore}} FewshotReport
 *
 * @typedef {{label: string, share: number}} Guess   one of the top five, share 0..1
 * @typedef {{what: Message, loaded: number, total: number, tensors: number, ofTensors: number}} Loading
 *   In bytes; `total` 0 if unknown.
 *
 * @typedef {string} Violation        one of `violations` of `Constants`, e.g. "vanish-hidden"
 * @typedef {object} PairRequest        which matched pair of the procedural world is to be drawn
 * @property {"simple"|"standard"|"rich"} world
 * @property {Violation} violation   what can't be
 * @property {number} seed
 * @property {number} size           pixels a side
 * @property {number} frames         a clip
 *
 * @typedef {object} Truth           what is true of one object in one frame; lengths in sides of the picture
 * @property {number} id             the same in every frame
 * @property {[number, number]} position   centre: x, y
 * @property {[number, number]} velocity   a frame
 * @property {number} radius
 * @property {"disc"|"square"|"triangle"|"ring"} shape
 * @property {"plain"|"stripes"|"halves"|"dot"} pattern
 * @property {[number, number, number]} colour   0 to 255
 * @property {number} visible        share of it that the pillar doesn't hide
 *
 * @typedef {object} MatchedPair     a scene as it can be, and with one thing in it that can't
 * @property {Uint8Array} possible   RGBA, [frames, size, size, 4]
 * @property {Uint8Array} impossible
 * @property {number} moment         the first frame in which something happens that can't
 * @property {number} object         to which it happens
 * @property {[Truth[][], Truth[][]]} truths   of either version, a list a frame
 *
 * @typedef {"reflex"|"plan"|"check"} ActMode   how an agent decides: at once, by planning, at once unless imagination disagrees
 * @typedef {[number, number]} Place  x to the right, y down, in sides of the picture
 *
 * @typedef {object} PlanSettings    how a plan is searched for; a list has a number for each number of an action
 * @property {"cem"|"mppi"} method
 * @property {"sum"|"last"} cost     which imagined frames count
 * @property {"time"|"features"} energy   how far a frame is from the goal: actions by the temporal distance, if the model has one, or the difference of features
 * @property {number} horizon        actions ahead
 * @property {number} candidates     sequences of actions that are imagined in a round
 * @property {number} rounds
 * @property {number} elites         CEM: the cheapest so many make the next mean
 * @property {[number, number]} momentum   share of the old mean, and of the old deviation, that a round keeps
 * @property {number} temperature    MPPI
 * @property {number} persistence    how alike the noise of neighbouring actions is, 0..1
 * @property {number[]} spread       standard deviations of the first round
 * @property {number[]} limit        largest size of each number
 * @property {number[]} least        numbers of a plan that are smaller than this are 0
 * @property {number} replan         actions that are taken before the next plan
 *
 * @typedef {object} ActorInfo       a model with actions, in a room
 * @property {string} name
 * @property {number} step           of training
 * @property {number} size           pixels a side that the model sees
 * @property {boolean} reflex        it has one; without it, it can only plan
 * @property {boolean} distance      it has learned a temporal distance
 * @property {number} threshold      more surprise than this is a reason to stop
 * @property {number} arrived        how near to a goal is there, in sides of the picture
 * @property {PlanSettings} planner
 * @property {ActCondition[]} conditions   that an exam can ask about
 *
 * @typedef {object} RoomsTruth      where everything is
 * @property {{position: Place, velocity: Place}} agent   velocity: 1 is the fastest that a push makes it
 * @property {Place[]} blocks        their centres
 * @property {{vertical: boolean, at: number}} wall   the inner one
 * @property {{at: number, width: number, open: boolean}} door   along that
 *
 * @typedef {{truth: RoomsTruth, goal: Place | null, distance: number | null, arrived: boolean}} RoomState
 *   `distance`: of the agent from its goal
 * @typedef {{room: RoomState, frame: Uint8Array}} RoomSeen   `frame`: RGBA, [size, size, 4], as the request says
 *
 * @typedef {"fruitless"|"surprise"} ActWait   why it stops to think: in imagination the reflex comes no nearer the goal, or
 *   what happened is not what was imagined
 *
 * @typedef {object} Thought         what goes through its mind
 * @property {{paths: Place[][], costs: number[]}[]} rounds   of each candidate, where the agent seems to be after each action
 * @property {number[]} plan         the cheapest actions so far, one after the other
 * @property {number} left           rounds that are still to come
 * @property {ActWait | null} wait   why it thinks instead of acting at once
 *
 * @typedef {object} Decision
 * @property {[number, number]} action   a push
 * @property {boolean} planned       the action is of a plan, not of the reflex
 * @property {ActWait | null} wait   why it stopped to think
 * @property {number} energy         difference of what is from the goal
 * @property {number} frames         that were imagined for it
 *
 * @typedef {{decided: Decision | null, thought: Thought | null}} ActStep   without a decision there is more to think
 * @typedef {{surprise: number, rings: boolean}} ActOutcome   `rings`: a reason to stop
 * @typedef {{door?: boolean, wall?: number, shove?: [number, number], blocks?: Place[], place?: Place}} Meddling   `door`:
 *   open; `wall`: how far it slides, in sides of the picture; `shove`: velocity; `blocks`: where each of them is put
 *
 * @typedef {"random"|"straight"|"reflex"|"plan"|"simulator"|"check"|"perturbed"} ActCondition   who decides in an exam
 * @typedef {{seed: number, episodes: number, conditions: ActCondition[]}} ActExamSettings   episodes of each condition
 *
 * @typedef {object} Acted           episodes under one condition
 * @property {ActCondition} condition
 * @property {number} episodes
 * @property {Share} success
 * @property {number | null} detour  of those that arrived: length of the way over that of the shortest one, mean
 * @property {number} actions        an episode
 * @property {number} imagined       frames a decision
 * @property {number} planned        share of decisions
 * @property {Share} rang            episodes in which it was surprised
 * @property {Share | null} noticed  of those whose door shut before the agent was through
 *
 * @typedef {{done: number, portions: number, conditions: Acted[]}} ActReport   so far; complete once `done` equals `portions`
 *
 * @typedef {{type: "actor-open", model: Uint8Array | null, seed: number, size: number}
 *   | {type: "actor-enter", seed: number, blocks: number, size: number}
 *   | {type: "actor-goal", goal: Place | null, size: number}
 *   | {type: "actor-mode", mode: ActMode}
 *   | {type: "actor-planner", settings: PlanSettings}
 *   | {type: "actor-next"}
 *   | {type: "actor-stop"}
 *   | {type: "actor-do", x: number, y: number, size: number}
 *   | {type: "actor-meddle", how: Meddling, size: number}
 *   | {type: "actor-landscape", side: number}
 *   | {type: "actor-future"}
 *   | {type: "actor-expected"}
 *   | {type: "actor-render", size: number, goal: boolean}
 *   | {type: "actor-exam", settings?: ActExamSettings}
 *   | {type: "actor-end-exam"}} ActRequest
 *   `actor-open` puts a model from its file (null: the engine's own) into a room; all others are refused with "no-actor"
 *   until there is one. `size`: pixels a side of the frame that comes with the answer. `actor-next` goes on with a
 *   thought, of which `actor-stop` lets go. `actor-exam` as `exam`, an episode a portion.
 *
 * @typedef {{type: "open", settings: OpenSettings, snapshot?: Uint8Array, start?: Uint8Array}
 *   | {type: "prepare", device: OpenSettings["device"]}
 *   | {type: "preview", settings: OpenSettings, world: number}
 *   | {type: "compiled", kind: DeviceKind, port: MessagePort}
 *   | {type: "world", seed: number, world?: string | WorldSpec}
 *   | {type: "frame", bitmap: ImageBitmap, times?: number}
 *   | {type: "still", bitmap: ImageBitmap}
 *   | {type: "clear"}
 *   | {type: "look", mask: MaskKind, advance: number}
 *   | {type: "similarity", token: number}
 *   | {type: "train", steps: number}
 *   | {type: "workers", workers: number}
 *   | {type: "help", job: Job, spare?: Float32Array}
 *   | {type: "exam", settings?: ExamSettings}
 *   | {type: "end-exam"}
 *   | {type: "embed", frames: Uint8Array}
 *   | {type: "snapshot"}
 *   | {type: "presets"}
 *   | {type: "pair", wish: PairRequest}
 *   | {type: "kept"}
 *   | {type: "forget", key: string}
 *   | {type: "prove"}
 *   | {type: "export", dtype: "f32"|"f16"}
 *   | {type: "cancel-load"}
 *   | {type: "recipe"}
 *   | {type: "set-recipe", recipe: Recipe}
 *   | {type: "set-rates", rates: Rates}
 *   | {type: "keep-model"}
 *   | {type: "kept-models"}
 *   | {type: "show-kept-model", step: number | null}
 *   | {type: "rewind", step: number}
 *   | {type: "export-run", notes: string}
 *   | {type: "import-run", bytes: Uint8Array}
 *   | {type: "bank"}
 *   | {type: "surprise", advance: number, past?: number, horizon?: number, share?: number}
 *   | {type: "break-law", violation: Violation}
 *   | {type: "surprise-of", clips: Uint8Array, count: number}
 *   | {type: "alarm", threshold?: number, refute?: number, isFalse?: boolean, reset?: boolean}
 *   | {type: "imagine", tokens: Uint32Array}
 *   | {type: "roll", past: number, steps: number}
 *   | {type: "action-energies", start: ImageBitmap, goal: ImageBitmap, wish: EnergyWish}
 *   | {type: "adapt", steps: number, rate: number}
 *   | {type: "undo-adaptation"}
 *   | {type: "examples"}
 *   | {type: "thumbnail", example: number}
 *   | {type: "teach", change: Teaching}
 *   | {type: "add-example", class: number}
 *   | {type: "classify"}
 *   | {type: "fewshot-report"}
 *   | {type: "save-project"}
 *   | {type: "load-project", bytes: Uint8Array}
 *   | ActRequest
 *   | {type: "lose-device"}} Request
 *   `open.start`: a file of weights to learn on from, at step 0 and with the recipe of their model. `prepare` fetches the
 *   engine that `open` would need, while such a file is on its way. `compiled` comes before all others and has no reply: the
 *   page has that engine, and sends its `WebAssembly.Module` over the port as soon as it has arrived, or null. `preview` draws
 *   the clip that a model of these settings would see first in the world with that seed; no model has to be open.
 *   `world` makes the procedural world the source: one by name ("simple", "standard", "rich") or in full, which becomes
 *   the recipe's; without it the recipe's own. `frame` pushes into the ring and makes frames the source;
 *   `look.advance` moves the world on by that many frames first (ignored for frames).
 *   Frames have the model's size, or any size for a checkpoint, which crops them itself. `still` makes one picture the clip
 *   of a checkpoint.
 *   `cancel-load` is answered at once, whatever is going on; the `open` that it ends is refused with "cancelled".
 *   `lose-device` destroys the GPUDevice, so that tests can watch the page recover from a lost one.
 *   `workers` is the setting of `open`, from now on. `help` is asked by another host, whose engine shares its work: no model has
 *   to be open. Arrays go to and fro, so that no step makes new ones; `spare` is that of an earlier answer.
 *   `exam` with settings begins one, of the model as it is then; each without asks its next portion, or as many as there are
 *   engines to share them. Another engine knows
 *   nothing of it and refuses with "no-exam".
 *   `surprise` asks about the newest window and, like `look`, moves a world on by `advance` frames first: a tubelet's, since
 *   each window counts; `share` is how certain a fast label of the clip is, 0..1. `break-law` breaks a law of physics in the
 *   world that is shown, and the windows after it say what came of it. `alarm` moves the threshold, calls an alarm false
 *   (or, with `isFalse: false`, not), or forgets all.
 *   `adapt` adapts the predictor alone, to what this source shows; `snapshot`, `export` and `train` are of the model
 *   before.
 *   Each crosses as `Request & {id: number}`.
 *
 * @typedef {{id: number, ok: true, value: any} | {id: number, ok: false, error: Failure}} Reply
 *
 * @typedef {{notice: "progress", loaded: number, total: number, what: Message}
 *   | {notice: "engine", opened: Opened}
 *   | {notice: "lost", error: Failure}
 *   | {notice: "preview", clip: Preview}
 *   | {notice: "gpu", bytes: number}
 *   | {notice: "snapshot", snapshot: Uint8Array, step: number}
 *   | {notice: "hello", webgpu: boolean}
 *   | ({notice: "loading"} & Loading)
 *   | {notice: "storage", error: Failure}
 *   | {notice: "gpu-error", error: Failure}} Notice
 *   `engine`: the session moved to another engine (CPU to WebGPU), weights and optimiser included, or stays, and `why`.
 *   `preview`: what there is to see while weights are on their way.
 *   `snapshot`: an autosave for the page to keep.
 *   `hello`: the first message of a host: it listens, and its realm has `navigator.gpu` or not.
 *   `loading`: how far a checkpoint is.
 *   `storage`: why a file is not kept in this browser; loading goes on.
 *   `gpu-error`: an uncaptured WebGPU error; what was computed since may be wrong.
 *
 * @typedef {object} Results         `Reply.value` by the type of the request
 * @property {Opened} open
 * @property {null} prepare
 * @property {Preview | null} preview   null on WebGPU, which compiles kernels for a first look
 * @property {null} compiled
 * @property {null} world
 * @property {{held: number}} frame  frames in the ring; a look needs `ModelInfo.frames` of them
 * @property {{held: number}} still
 * @property {null} clear
 * @property {Look} look
 * @property {Float32Array} similarity
 * @property {TrainReport} train
 * @property {null} workers
 * @property {{numbers: Float32Array, weights: Float32Array}} help   what the job comes to; `weights` go back, to be filled again
 * @property {ExamReport} exam
 * @property {null} end-exam
 * @property {Float32Array} embed
 * @property {Uint8Array} snapshot
 * @property {Preset[]} presets
 * @property {MatchedPair} pair
 * @property {Keeping} kept
 * @property {Keeping} forget        what is left
 * @property {ProofRow[]} prove
 * @property {Blob} export           a Hugging Face folder in a zip
 * @property {null} cancel-load
 * @property {Recipe} recipe
 * @property {null} set-recipe       from the next step on; a recipe that can't be is refused with "bad-recipe"
 * @property {Recipe} set-rates      what the recipe is now
 * @property {{step: number}[]} keep-model    all kept models, this one last
 * @property {{step: number}[]} kept-models   oldest first; they are lost when the session moves to another engine
 * @property {null} show-kept-model      looks, similarities and embeddings are of that moment until it is null again
 * @property {{step: number}} rewind that moment is the present; later ones are gone
 * @property {Uint8Array} export-run
 * @property {Run & {opened: Opened}} import-run   a broken file is refused, and the model stays
 * @property {Bank} bank
 * @property {Surprise} surprise     "unexaminable" for a checkpoint without a predictor of its own features
 * @property {null} break-law        "no-law" where that can't be now
 * @property {SurpriseCurve[]} surprise-of   one a clip; "short-clip" if they are shorter than the model's
 * @property {AlarmReport} alarm
 * @property {Imagination} imagine   "bad-mask" if nothing or everything is hidden
 * @property {Roll} roll
 * @property {Float32Array} action-energies   [side, side], a row for each action on the second axis; "no-actions" for a
 *   model without them, "bad-plan" for a landscape that can't be
 * @property {Adaptation} adapt "frozen" for a checkpoint; training, rewinding and another engine end it
 * @property {null} undo-adaptation    weights and optimiser are what they were, bit for bit
 * @property {Examples} examples
 * @property {Uint8Array} thumbnail  RGBA, 24x24
 * @property {Examples} teach
 * @property {Examples} add-example
 * @property {FewshotAnswer} classify   refused while there are not two classes with examples
 * @property {FewshotReport} fewshot-report
 * @property {Uint8Array} save-project  safetensors
 * @property {{drift: number, examples: Examples}} load-project
 * @property {RoomSeen & {info: ActorInfo}} actor-open   "no-actions" for a model that has none
 * @property {RoomSeen} actor-enter
 * @property {RoomSeen} actor-goal
 * @property {null} actor-mode
 * @property {null} actor-planner    settings that can't be are refused with "bad-plan", and the old ones stay
 * @property {ActStep} actor-next    "no-goal" without one, "no-reflex" for a model without one that is to use it
 * @property {null} actor-stop
 * @property {RoomSeen & {outcome: ActOutcome, expected: Uint8Array}} actor-do   `expected`: as `actor-expected` if it was
 *   surprised, or else empty
 * @property {RoomSeen} actor-meddle   in the middle of a run the agent sees it only when it has acted
 * @property {Float32Array} actor-landscape   energies with the agent on a raster, [side, side]; NaN where it doesn't fit
 * @property {Uint8Array} actor-future   of the last plan, as nearest real patches, RGBA, [actions, size, size, 4] at the
 *   model's size; empty before one
 * @property {Uint8Array} actor-expected   what was imagined of the last action, likewise, [size, size, 4]
 * @property {Uint8Array} actor-render   the room, or with `goal` the picture of the goal, which is empty without one
 * @property {ActReport} actor-exam
 * @property {null} actor-end-exam
 * @property {null} lose-device
 */

/**
 * @typedef {object} EngineModule    what `engine/{cpu,webgpu}/vjepa_web.js` exports (wasm-bindgen, target web)
 * @property {(options?: {module_or_path: any}) => Promise<any>} default  instantiates the wasm
 * @property {() => string} presets                   JSON Preset[]
 * @property {() => string} constants                 JSON Constants
 * @property {() => Promise<string>} openDevice       JSON DeviceInfo; once, before any Engine
 * @property {(kind: string, task: string, clips: Uint8Array, weights: Float32Array, spare?: Float32Array) => Promise<Float32Array>} help
 *   does a Job; it comes to `spare` if that has the length
 * @property {() => Promise<string>} [measureTiles]   of WebGPU, before any Engine: the fastest variants of its kernels run from now on
 * @property {(size: number) => void} [useSubgroups]  likewise, first of the three: subgroups have so many threads at least
 * @property {(found: string) => boolean} [useTiles]  what measureTiles gave on such an adapter; false: it can't run on this one
 * @property {(wish: string) => DrawnPair} drawPair   JSON PairRequest; throws an Error with `.code`, "no-pair" where the world can't
 * @property {EngineClass} Engine
 * @property {ActorClass} Actor
 *
 * @typedef {{possible: Uint8Array, impossible: Uint8Array, facts: string}} DrawnPair   `facts`: JSON, the rest of MatchedPair
 *
 * @typedef {{size: number | null, read: (at: number, count: number) => Promise<Uint8Array>}} EngineReader   a file of weights
 *
 * @typedef {object} EngineClass     all throw an Error with `.code`, `.key` and `.values`
 * @property {(settings: string) => WasmEngine} create     JSON {family, preset, seed}: seeded random weights
 * @property {(snapshot: Uint8Array) => WasmEngine} restore
 * @property {(readers: EngineReader[], options: string, progress: (loaded: number, total: number, tensors: number, ofTensors: number) => void) => Promise<WasmEngine>} load
 *   options: JSON {name, config: string | null, frames, precision}; what a reader rejects with passes through
 * @property {(fixture: Uint8Array) => Promise<string>} prove   JSON ProofRow[] of one file, on the device that is open
 *
 * @typedef {object} Job             work of an engine that another one can do: src/helpers.rs
 * @property {string} kind           JSON
 * @property {string} task           JSON
 * @property {Uint8Array<ArrayBuffer>} clips   RGBA
 * @property {Float32Array<ArrayBuffer>} weights
 *
 * @typedef {object} Helpers         engines that an engine may ask in the middle of a call
 * @property {number} workers        it and they
 * @property {(helper: number) => boolean} idle
 * @property {(length: number) => Float32Array<ArrayBuffer>} row   for the weights of a job, whatever is in it
 * @property {(helper: number, job: Job) => Promise<Float32Array | null>} ask   never rejects
 *
 * @typedef {object} WasmEngine      every method may throw an Error with `.code`; one call at a time
 * @property {() => string} info                      JSON ModelInfo
 * @property {() => string} report                    JSON: what of LoadReport the engine knows, `sha256` one a file, and
 *   `whole`: these are hashes of whole files; "null" of what was not loaded
 * @property {() => number} step
 * @property {(world: string, seed: number) => void} setWorld   a name, JSON WorldSpec, or "" for the recipe's own
 * @property {() => string} recipe                    JSON Recipe
 * @property {(recipe: string) => void} setRecipe     JSON Recipe
 * @property {(rates: string) => void} setRates       JSON Rates
 * @property {() => void} keepModel                  "frozen" for a checkpoint, as all that is about training
 * @property {() => string} keptModels                 JSON {step}[]
 * @property {(step?: number) => void} showKeptModel
 * @property {(step: number) => void} rewind
 * @property {(notes: string) => Promise<Uint8Array>} exportRun
 * @property {(bytes: Uint8Array) => string} importRun   JSON Run; another model in this engine's place, or none if it throws
 * @property {(bytes: Uint8Array, recipe: string) => void} startFrom   recipe: JSON Recipe | null
 * @property {() => string} bank                      JSON Bank
 * @property {(frames: number) => void} advanceWorld
 * @property {(rgba: Uint8Array) => void} pushFrame   [size, size, 4]
 * @property {(rgba: Uint8Array, width: number, height: number) => void} pushPicture   of any size; for checkpoints
 * @property {(rgba: Uint8Array, width: number, height: number) => void} showStill     the whole clip is this picture
 * @property {() => void} clearClip
 * @property {() => number} framesHeld                0..frames; a look needs all of them
 * @property {() => Promise<void>} prewarm            compiles what looking and training need
 * @property {(mask: MaskKind) => Promise<Look>} look
 * @property {(token: number) => Float32Array} similarity   cosine of every token of the last look with this one
 * @property {(rgba: Uint8Array) => Promise<Float32Array>} embed  frames [T, size, size, 4] -> features [tokens, width]
 * @property {(steps: number, helpers?: Helpers) => Promise<string>} train   JSON TrainReport
 * @property {(settings: string) => void} beginExam   JSON ExamSettings
 * @property {(helpers?: Helpers) => Promise<string>} examine   JSON ExamReport after one portion more, or as many as there are workers
 * @property {() => void} endExam
 * @property {(past?: number, horizon?: number, share?: number) => Promise<Surprise>} surprise
 * @property {(violation: string) => void} breakLaw    JSON Violation; throws "no-law" where that can't be now
 * @property {(clips: Uint8Array, count: number) => Promise<SurpriseCurve[]>} surpriseOf   clips [count, F, size, size, 4]
 * @property {() => string} alarm                     JSON AlarmReport
 * @property {(threshold: number) => void} setAlarm
 * @property {(alarm: number, isFalse: boolean) => void} refuteAlarm
 * @property {() => void} resetSurprise
 * @property {(tokens: Uint32Array) => Promise<Imagination>} imagine
 * @property {(past: number, steps: number) => Promise<Roll>} roll
 * @property {(start: Uint8Array, goal: Uint8Array, wish: string) => Promise<Float32Array>} actionEnergies   RGBA of any
 *   size; JSON EnergyWish with `sizes` of both, [[width, height], [width, height]]
 * @property {(steps: number, rate: number) => Promise<string>} adapt   JSON Adaptation
 * @property {() => void} undoAdaptation
 * @property {() => string} examples                  JSON Examples
 * @property {(example: number) => Uint8Array} thumbnail
 * @property {(name: string) => number} addClass      its id
 * @property {(id: number, name: string) => void} renameClass
 * @property {(id: number) => void} removeClass       with its examples
 * @property {(id: number) => Promise<number>} addExample   the clip in the ring; the example's id
 * @property {(example: number) => void} removeExample
 * @property {() => boolean} undoExamples
 * @property {() => boolean} redoExamples
 * @property {() => Promise<string>} classify         JSON FewshotAnswer
 * @property {() => string} fewshotReport             JSON FewshotReport
 * @property {() => Promise<Uint8Array>} saveProject
 * @property {(bytes: Uint8Array) => Promise<number>} loadProject   drift
 * @property {() => Promise<Uint8Array>} snapshot     like `train`, "frozen" for a checkpoint
 * @property {(dtype: "f32"|"f16", sink: (chunk: Uint8Array) => void | Promise<void>) => Promise<void>} exportFolder   the bytes of a zip in order
 * @property {() => void} free
 *
 * @typedef {object} ActorClass      all throw as those of EngineClass
 * @property {(model: Uint8Array, seed: number) => Promise<WasmActor>} open
 * @property {(engine: WasmEngine, seed: number) => Promise<WasmActor>} ofEngine   of the same module
 *
 * @typedef {object} WasmActor       as WasmEngine
 * @property {() => string} info                      JSON ActorInfo
 * @property {() => string} room                      JSON RoomState
 * @property {(size: number) => Uint8Array} render    RGBA, [size, size, 4]
 * @property {(size: number) => Uint8Array} renderGoal   empty without a goal
 * @property {(seed: number, blocks: number) => void} enter
 * @property {(x: number, y: number) => void} goTo
 * @property {() => void} rest
 * @property {(mode: string) => void} setMode         JSON ActMode
 * @property {(settings: string) => void} setPlanner  JSON PlanSettings
 * @property {() => Promise<string>} next             JSON ActStep
 * @property {() => void} stop
 * @property {(x: number, y: number) => Promise<string>} act   JSON ActOutcome
 * @property {(how: string) => void} meddle           JSON Meddling
 * @property {(side: number) => Promise<Float32Array>} landscape
 * @property {() => Uint8Array} expected
 * @property {() => Promise<Uint8Array>} future
 * @property {(settings: string) => void} beginExam   JSON ActExamSettings
 * @property {() => Promise<string>} examine          JSON ActReport after one episode more
 * @property {() => void} endExam
 * @property {() => void} free
 */

export {};
