// @ts-check
/**
 * Says on the page why it does not start: one of its modules is missing, comes with a wrong type, or means nothing to this
 * browser. Browsers tell that to the console alone. A classic script that comes before all others and needs none of them;
 * from the event `alive` on the page speaks for itself.
 */
(() => {
  const PATIENCE_MS = 20_000;
  const TEXTS = {
    en: {
      missing:
        "{file} is missing on the server (HTTP {status}), so the page cannot start: all of its files have to be copied there.",
      type: "{file} is served as {type} and not as JavaScript, so the page cannot start: its server has to give it the type text/javascript.",
      unreachable: "{file} could not be fetched, so the page cannot start: check the connection and reload the page.",
      sandboxed:
        "This frame is sandboxed, and its server does not let other origins read {file}, so the page cannot start: add allow-same-origin to the frame's sandbox, or have the server send Access-Control-Allow-Origin.",
      local:
        "Browsers start this page from a web server only, not from a file: serve its folder and open it by its address.",
      failed: "The page cannot start ({why}): reload it, and if that does not help, update the browser.",
      passed: "A part of the page could not be loaded, so it cannot start: reload the page.",
      slow: "The page is still being loaded after {seconds} seconds: wait, or check the connection and reload it.",
      old: "This browser is too old for this page: update it.",
    },
    zh: {
      missing: "服务器上缺少 {file}（HTTP {status}），页面无法启动：请把页面的所有文件都复制到服务器上。",
      type: "服务器把 {file} 当作 {type} 而不是 JavaScript 发送，页面无法启动：服务器须将其类型设为 text/javascript。",
      unreachable: "{file} 未能获取，页面无法启动：请检查网络连接，然后重新加载页面。",
      sandboxed:
        "此框架处于沙盒中，而服务器不让其他来源读取 {file}，页面无法启动：请在框架的 sandbox 中加入 allow-same-origin，或让服务器发送 Access-Control-Allow-Origin。",
      local: "浏览器只能从网站服务器启动本页面，不能直接打开文件：请用服务器提供此文件夹，再通过网址打开。",
      failed: "页面无法启动（{why}）：请重新加载；若仍不行，请更新浏览器。",
      passed: "页面的一部分未能加载，无法启动：请重新加载页面。",
      slow: "{seconds} 秒后页面仍在加载：请等待，或检查网络连接后重新加载。",
      old: "此浏览器太旧，无法运行本页面：请更新浏览器。",
    },
  };
  const folder = new URL(".", /** @type {HTMLScriptElement} */ (document.currentScript).src).href;
  const root = document.documentElement;
  const asked = /[?&]lang=(en|zh)\b/.exec(location.search);
  const wanted = [...(asked ? [asked[1]] : []), ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  const texts = TEXTS[wanted.find((tag) => tag === "en" || tag === "zh") === "zh" ? "zh" : "en"];
  let alive = false;
  /** @type {keyof typeof texts | null} */
  let said = null;

  /** The first reason stays, but for one that may pass by itself. @param {keyof typeof texts} key @param {Record<string, string | number>} [values] */
  function say(key, values = {}) {
    if (alive || (said && said !== "slow")) return;
    said = key;
    const passes = key === "slow";
    const text = texts[key].replace(/\{(\w+)\}/g, (hole, name) => String(values[name]));
    const show = () => {
      const notice = document.getElementById("notice");
      if (alive || !notice) return;
      notice.textContent = text;
      notice.dataset.kind = passes ? "info" : "error";
      notice.lang = texts === TEXTS.zh ? "zh-CN" : "en";
      if (!passes) root.dataset.phase = "error";
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", show);
    else show();
  }

  /** Which file stopped a module and those it imports from being loaded, as what to say. @param {string} entry */
  async function examine(entry) {
    if (location.protocol === "file:") return say("local");
    const seen = new Set([entry]);
    for (const url of seen) {
      const file = url.startsWith(folder) ? url.slice(folder.length) : url;
      const response = await fetch(url).catch(() => null);
      if (!response) return say(self.origin === "null" ? "sandboxed" : "unreachable", { file });
      if (!response.ok) return say("missing", { file, status: response.status });
      const type = response.headers.get("content-type") || "nothing";
      if (!/\b(java|ecma)script\b/i.test(type)) return say("type", { file, type });
      const text = await response.text().catch(() => "");
      // What is imported when it is needed does not keep the page from starting. A set goes on with what is added.
      for (const [, name] of text.matchAll(/(?:^|[;}\s])(?:import|from) ?"(\.[^"]+)"/g))
        seen.add(new URL(name, url).href);
    }
    say("passed");
  }

  addEventListener(
    "error",
    (event) => {
      if (alive) return;
      if (event.target instanceof HTMLScriptElement) examine(event.target.src);
      // Extensions of the browser fail in the same window.
      else if (event instanceof ErrorEvent && event.filename.startsWith(folder))
        say("failed", { why: event.message.replace(/\.$/, "") });
    },
    true,
  );
  addEventListener("alive", () => {
    const notice = said && document.getElementById("notice");
    if (notice) ((notice.textContent = ""), notice.removeAttribute("lang"));
    alive = true;
  });
  setTimeout(() => say("slow", { seconds: PATIENCE_MS / 1000 }), PATIENCE_MS);
  if (!("noModule" in HTMLScriptElement.prototype)) say("old");
})();
