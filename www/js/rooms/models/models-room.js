// @ts-check
/**
 * Models: which one is open and on what engine, others to choose from, what was loaded, whether the numbers are right.
 *
 * @typedef {import("../../app/app.js").App} App
 * @typedef {Pick<App, "opened" | "phase" | "ready" | "error" | "progress" | "loading" | "presets" | "settings" | "history" | "timings"
 *   | "gpuBytes" | "report" | "files" | "configure" | "load" | "cancelLoad" | "save">} ModelsApp
 *   what this room may ask of the app
 * @typedef {typeof import("../../later-rooms.js").catalogue} Catalogue
 */
import { download, handle } from "../../ui/dom.js";
import { LoadingView } from "./loading-view.js";
import { ModelPanel } from "./model-panel-view.js";
import { ModelsView } from "./models-view.js";
import { ReferenceCheckView } from "./reference-check-view.js";
import { ReportView } from "./report-view.js";
import { StatusView } from "./status-view.js";

export class ModelsRoom {
  needsLooks = false;
  #app;
  #catalogue;
  #memoryBytes;
  #shipped;
  #proving = false;

  /**
   * @param {Record<"status" | "model" | "loading" | "report" | "proof", HTMLElement> & {models: HTMLDialogElement}} roots
   *   `loading` is in sight whatever room is open
   * @param {ModelsApp} app
   * @param {(work: () => unknown) => void} act
   * @param {{catalogue: Catalogue, memoryBytes: number | null,
   *   shipped: () => import("../../catalogue/shipped-models.js").ShippedModel[], open: (files: File[]) => Promise<unknown>}} rest
   *   `shipped`: models that come with the page; `open`: what is done with files that the reader chose
   */
  constructor(roots, app, act, { catalogue, memoryBytes, shipped, open }) {
    this.#app = app;
    this.#catalogue = catalogue;
    this.#memoryBytes = memoryBytes;
    this.#shipped = shipped;
    this.status = new StatusView(roots.status);
    this.panel = new ModelPanel(roots.model);
    this.dialog = new ModelsView(roots.models, catalogue);
    this.loading = new LoadingView(roots.loading);
    this.report = new ReportView(roots.report);
    this.proof = new ReferenceCheckView(roots.proof);
    handle(roots.model, act, {
      configure: (detail) => app.configure(detail),
      models: () => this.dialog.open(),
      save: () => this.#save(),
      export: ({ dtype }) => this.#export(dtype),
      "open-file": ({ files }) => open(files),
    });
    handle(roots.models, act, {
      load: (settings) => app.load(settings),
      forget: ({ key }) => app.files.forget(key),
      persist: () => app.files.persist(),
    });
    handle(roots.loading, act, { cancel: () => app.cancelLoad() });
    handle(roots.proof, act, { prove: () => this.#prove() });
  }

  update() {
    const { opened, phase, error, progress, presets, settings, history, timings, gpuBytes, report } = this.#app;
    const { device = null, model = null, step = 0, why = [] } = opened ?? {};
    this.status.update({
      phase,
      device,
      why,
      model,
      step,
      before: history.before,
      timings,
      gpuBytes,
      progress,
      error: phase === "error" ? error : null,
    });
    this.panel.update(presets, settings, !this.#app.ready, Boolean(model?.checkpoint), this.#shipped());
    this.report.update(report, (report && this.#catalogue.called(report.name)?.licence) ?? null);
    this.proof.update({
      rows: this.#app.files.proof,
      running: this.#proving,
      adapter: device?.adapter ?? "",
      ready: phase === "ready" || phase === "running",
    });
  }

  /** A checkpoint on its way, and the dialog, which may be open over any room. */
  progress() {
    const { loading, opened, files } = this.#app;
    this.loading.update(loading);
    const device = opened && {
      kind: opened.device.kind,
      maxBufferBytes: opened.device.maxBufferBytes,
      bytes: opened.constants.bytes,
    };
    this.dialog.update({
      device: device ?? null,
      memoryBytes: this.#memoryBytes,
      kept: files.kept,
      usage: files.usage,
      busy: Boolean(loading),
    });
  }

  async #save() {
    const snapshot = /** @type {Uint8Array<ArrayBuffer>} */ (await this.#app.save());
    const { settings, opened } = this.#app;
    download(new Blob([snapshot]), `vjepa-${settings.preset}-step${opened?.step ?? 0}.safetensors`);
  }

  /** @param {any} dtype */
  async #export(dtype) {
    const { name, preset } = this.#app.opened?.model ?? {};
    const model = (name || preset || "vjepa").split("/").at(-1);
    download(await this.#app.files.exportFolder(dtype), `${model}-${dtype}.zip`);
  }

  async #prove() {
    this.#proving = true;
    this.update();
    try {
      await this.#app.files.prove();
    } finally {
      this.#proving = false;
      this.update();
    }
  }
}
