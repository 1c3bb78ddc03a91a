/** The page API, `window.vjepa`: for scripts, tests and the browser's console. */
import type {
  ActCondition,
  ActMode,
  ActOutcome,
  ActorInfo,
  ActReport,
  CheckpointSource,
  Decision,
  DeviceKind,
  ExamReport,
  ExamSettings,
  Examples,
  Failure,
  Family,
  FewshotAnswer,
  FewshotReport,
  Bank,
  Keeping,
  Kept,
  Loading,
  LoadReport,
  Look,
  MaskKind,
  Meddling,
  Place,
  PlanSettings,
  PrecisionChoice,
  ProofRow,
  Recipe,
  RoomState,
  RunSource,
  Teaching,
} from "../engine/protocol.js";
import type { Settings, SourceName } from "../settings/settings.js";
import type { SourceOptions } from "../sources/sources.js";
import type { Numbers } from "../rooms/act/act-scores.js";
import type { Phase as ActPhase } from "../rooms/act/acting.js";
import type { SaveState } from "../rooms/train/autosave.js";
import type { Alarm } from "../rooms/train/training.js";

export type { DeviceKind, Failure, Family, Look, MaskKind, Recipe, Settings, SourceName, SourceOptions };

export type Phase = "loading" | "ready" | "running" | "training" | "error";

/** With a sentence in English, or "", in place of a message. */
type Said<T, K extends keyof T> = Omit<T, K> & Record<K, string>;

/** Plain JSON; what is not known yet is null. */
export interface PageState {
  /** `ready`: a model is open and nothing runs; `running`: it looks at the clip; `error`: no engine is left. */
  phase: Phase;
  /** The last thing that went wrong, until something else is asked for. */
  error: Failure | null;
  /** A sentence shown on the page that is no error, or "". */
  notice: string;
  device: DeviceKind | null;
  adapter: string | null;
  /** One sentence: why this engine runs. */
  why: string | null;
  model: {
    family: Family;
    preset: string;
    params: number;
    tokens: number;
    width: number;
    depth: number;
    size: number;
    frames: number;
    /** Of a checkpoint only, like what follows. */
    checkpoint?: boolean;
    name?: string;
    precision?: "f32" | "f16" | "int8";
    /** Labels of its classifier; 0 without one. */
    classes?: number;
  } | null;
  source: SourceName | null;
  /** Clips looked at since the model was opened. */
  clips: number;
  /** Training steps of the run. */
  step: number;
  /** One a step, oldest first; the newest 20,000. */
  loss: number[];
  /** Mean standard deviation over the dimensions of the target features, and their effective rank. */
  health: { std: number; effectiveRank: number } | null;
  /** Of the last look: tubelets, rows, columns, and the token numbers kept and hidden. */
  masks: { grid: [number, number, number]; context: number[]; target: number[] } | null;
  /** Milliseconds: navigation to first features, the last look, a step of the last training chunk. */
  timings: { firstFeaturesMs: number | null; lookMs: number | null; stepMs: number | null };
  /** Engines that had a part in the last step, each on a core; null before one. */
  engines: number | null;
  /** Of live GPU buffers; 0 on the CPU. */
  gpuBytes: number;
  /** How far the checkpoint is that is being loaded. */
  loading: Said<Loading, "what"> | null;
  /** What came of loading the checkpoint that is open. */
  report: Said<LoadReport, "verified"> | null;
  /** Files kept in this browser. */
  kept: Kept[];
  /** In the charts, the current one last; `step`: the last one it has had; `before`: steps its weights were trained before it. */
  runs: { id: string; name: string; hidden: boolean; step: number; before: number }[];
  /** Steps at which the model was kept. */
  moments: number[];
  /** The one of them that looks are of; null: the newest model. */
  shown: number | null;
  /** The features have collapsed; `healthy`: the last kept step at which they had not. */
  alarm: Said<Alarm, "reason"> | null;
  /** Clips that training draws from, where frames are the source. */
  bank: Bank | null;
  /** What of the run survives a reload. */
  saved: Said<SaveState, "message">;
  /** The exam under way, with what came of it so far. */
  exam: { step: number; report: ExamReport | null } | null;
  /** How far the newest window is from the prediction; the numbers are null without one. */
  surprise: SurpriseState;
  /** All that was taught by clips is kept over a reload, as far as this browser keeps anything. */
  classesSaved: boolean;
  /** Exams taken, run by run as in `runs`, oldest first. `step`: when it began; `average`: share of pairs told apart by the most surprising place; `report`: after a reload only the last one of each run has it. */
  exams: { run: string; step: number; average: number | null; report: ExamReport | null }[];
}

export interface SurpriseState {
  /** Windows are watched. */
  on: boolean;
  /** Why they can't be, or "". */
  why: string;
  /** From here on an alarm rings, in deviations above what is usual at a place. */
  threshold: number;
  /** Mean |predicted - actual| of the features. */
  error: number | null;
  /** Of the deviations; `peak`: mean of the top 11 % of places, the alarm score. */
  mean: number | null;
  max: number | null;
  peak: number | null;
  /** Windows until it is known what is usual. */
  missing: number | null;
  ringing: boolean;
  /** Windows that are remembered for the time line. */
  readings: number;
  alarms: number;
  falseAlarms: number;
  /** Laws of physics that were broken in the live world, and what the alarm made of them; null before the first window. */
  laws: import("../engine/protocol.js").LawReport | null;
  /** What becomes of the fast label: "wait" if it is sure and the predictor surprised. */
  answer: "none" | "unknown" | "sure" | "unsure" | "wait" | null;
  /** Steps in which the predictor adapted to the place. */
  habits: { running: boolean; steps: number };
}

/** `model`: as in the address: of the catalogue, a repository or a URL; or else a `source`. */
export interface LoadOptions {
  model?: string;
  source?: CheckpointSource;
  /** "auto" unless given. */
  precision?: PrecisionChoice;
  /** A clip; 0, as if none were given: 16, or as few as the model has. */
  frames?: number;
}

export interface PageEvents {
  change: PageState;
  look: Look;
  train: { step: number; losses: number[] };
}

/** The agent of the room Act; plain JSON. */
export interface ActState {
  /** `closed`: there is no agent, and `problem` says why; `stopped`: it has not arrived. */
  phase: ActPhase;
  info: ActorInfo | null;
  mode: ActMode;
  planner: PlanSettings | null;
  blocks: number;
  /** Where everything is, the goal, and how far the agent is from it. */
  room: RoomState | null;
  /** Towards this goal. */
  actions: number;
  /** The last one towards this goal. */
  decision: Decision | null;
  /** Of the last action: how surprising it was. */
  outcome: ActOutcome | null;
  problem: Failure | null;
  /** What came of each mode so far. */
  scores: Numbers[];
  exam: { running: boolean; report: ActReport | null };
}

/** Every call but `state` and `endExam` opens the room Act, and all but those and `exam` resolve to the state as it is then. It acts only while that room is seen. */
export interface Act {
  /** Null until the room was opened. */
  state(): ActState | null;
  /** Another room with so many `blocks`, 0 to 4; a `seed` names one, even ones are of training. */
  enter(options?: { blocks?: number; seed?: number }): Promise<ActState>;
  /** Where it shall go, without going; null: nowhere. */
  setGoal(goal: Place | null): Promise<ActState>;
  setMode(mode: ActMode): Promise<ActState>;
  /** What can't be is refused, and the old settings stay. */
  setPlanner(change: Partial<PlanSettings>): Promise<ActState>;
  /** One decision towards the goal, and its action. */
  step(): Promise<ActState>;
  /** Until it is there, is stopped or gives up; without a goal towards the one that it has. */
  go(goal?: Place): Promise<ActState>;
  stop(): Promise<ActState>;
  /** An action of your own: a push to the right and down, each -1 to 1. */
  push(push: [number, number]): Promise<ActState>;
  /** Changes its room, in the middle of a run as well. */
  meddle(how: Meddling): Promise<ActState>;
  /** So many `episodes` of each condition, 20 unless given; null if it ended before the first. */
  exam(options?: { episodes?: number; conditions?: ActCondition[] }): Promise<ActReport | null>;
  /** Resolves what waits for `exam` with what came of it so far. */
  endExam(): Promise<void>;
}

export interface Vjepa {
  /** Resolves when the model is open and has looked at its first clip; rejects if no engine can run. */
  ready: Promise<void>;
  state(): PageState;
  /** `camera` takes `deviceId`, `file` takes `file` (a Blob) or `url`. Rejects with a `code` and a sentence; the old source goes on, and so it does while this one is waited for. Another call ends the wait: "cancelled". */
  setSource(name: SourceName, options?: SourceOptions): Promise<void>;
  /** `family`, `preset` or `seed` make new weights; `start: "shipped"` takes those of its preset that come with the page; another `device` keeps what is open; `model` loads a checkpoint. */
  configure(options: Partial<Settings>): Promise<void>;
  /** One look at the clip now. */
  look(): Promise<Look>;
  /** Resolves when the steps are taken (Infinity: never), or training is paused. Calls add up. */
  train(steps: number): Promise<{ step: number; losses: number[] }>;
  /** Stops training; where none goes on, stops looking. */
  pause(): Promise<void>;
  /** Features, [tokens, width], of a clip: RGBA bytes, [frames, size, size, 4], as `state().model` says. */
  embed(frames: Uint8Array | Uint8ClampedArray | ArrayBuffer): Promise<Float32Array>;
  /** The model with its optimiser as a safetensors file. */
  save(): Promise<Uint8Array>;
  restore(bytes: Uint8Array): Promise<void>;
  /** How it trains. */
  recipe(): Promise<Recipe>;
  /** From the next step on; one that cannot be is refused in a sentence, and the old one stays. */
  setRecipe(recipe: Recipe): Promise<void>;
  /** A single training step. */
  step(): Promise<{ step: number; losses: number[] }>;
  /** Steps at which the model was kept: 0, 10, 20, 50, 100 and so on. */
  moments(): Promise<number[]>;
  /** Looks are of the model as it was then; null: as it is. */
  showMoment(step: number | null): Promise<void>;
  /** Goes on from a kept moment, and stops training; what came after it is gone. */
  rewind(step: number): Promise<void>;
  /** The run as one file: configuration, recipe, seed, weights, and the curves as its notes. */
  exportRun(): Promise<Uint8Array>;
  importRun(
    bytes: Uint8Array | ArrayBuffer,
  ): Promise<{ step: number; recipe: Recipe; source: RunSource; notes: string }>;
  /** A checkpoint in place of the model, which stays if that fails. Whoever calls this has agreed to its licence. */
  load(options: LoadOptions): Promise<void>;
  /** Rejects what waits for `load`, with the code "cancelled". */
  cancelLoad(): Promise<void>;
  /** Files kept in this browser, and the room there is. */
  kept(): Promise<Keeping>;
  /** Removes one of them. */
  forget(key: string): Promise<void>;
  /** How this engine compares with the reference implementation. */
  prove(): Promise<ProofRow[]>;
  /** What the model has learned; looks and training go on meanwhile, but it is examined as it is now. */
  exam(options?: Partial<ExamSettings>): Promise<ExamReport>;
  /** Rejects what waits for `exam`, with the code "cancelled". */
  cancelExam(): Promise<void>;
  /** Classes taught by a few clips, with their examples. */
  classes(): Promise<Examples>;
  /** Adds, renames or removes a class, removes an example, undoes or redoes; the classes as they are then. */
  teach(change: Teaching): Promise<Examples>;
  /** The clip as it is becomes an example of the class with this id. */
  addExample(id: number): Promise<Examples>;
  /** What the clip is, by the examples; rejects until two classes have some. */
  classify(): Promise<FewshotAnswer>;
  /** How well classes are told apart, each example by the others. */
  fewshotReport(): Promise<FewshotReport>;
  /** The classes with their examples as a safetensors file. */
  saveProject(): Promise<Uint8Array>;
  /** Those of a file, in place of these, which are put aside; a file that is refused changes nothing. `drift`: how far the model's features are from those in it, 0 for not at all. */
  loadProject(bytes: Uint8Array | ArrayBuffer): Promise<{ drift: number; examples: Examples }>;
  /** The model as a Hugging Face folder in a zip. */
  exportFolder(dtype: "f32" | "f16"): Promise<Blob>;
  /** Listens; returns what stops listening. */
  on<K extends keyof PageEvents>(event: K, listener: (detail: PageEvents[K]) => void): () => void;
  /** The agent of the room Act. */
  act: Act;
  /** For tests: destroys the GPUDevice, as if the driver had reset. */
  debug: { loseDevice(): Promise<void> };
}

declare global {
  interface Window {
    vjepa: Vjepa;
  }
}
