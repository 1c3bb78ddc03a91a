/** What somebody meets who reads the page by keyboard, by touch, enlarged, or by ear. All of it runs in the page. */

export const ROOMS = /** @type {const} */ (["watch", "inside", "train", "play", "act", "teach", "models"]);

/** What can be pressed, chosen or written in, in sight. */
const CONTROLS = "a[href], button, select, input, summary, [tabindex]:not([tabindex='-1'])";

/** Helpers that the functions below find in the page. @param {import("playwright-core").Page} page */
export const prepare = (page) =>
  page.addInitScript((CONTROLS) => {
    const name = (element) =>
      `${element.tagName.toLowerCase()}${element.id && `#${element.id}`}.${[...element.classList].join(".")} “${(
        element.getAttribute("aria-label") ??
        element.textContent ??
        ""
      ).slice(0, 40)}”`;
    const shown = (element) =>
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
      !element.closest(".sr-only, .skip") &&
      element.getClientRects().length > 0;
    const controls = () =>
      [...document.querySelectorAll(CONTROLS)].filter(
        (one) => shown(one) && !(one.type === "file" && one.matches(".sr-only")),
      );
    const met = new Map();
    const number = (element) => met.get(element) ?? met.set(element, met.size).get(element);
    window.reading = { name, shown, controls, number };
  }, CONTROLS);

/**
 * Targets that are smaller than so many CSS pixels either way (WCAG 2.5.8). A label is the target of what is in it; a link
 * within a sentence may be as high as its line, and what a circle of that size leaves free of others is spaced enough.
 * @param {import("playwright-core").Page} page @param {{least: number, only?: string}} options
 */
export const smallTargets = (page, { least, only = "*" }) =>
  page.evaluate(
    ([least, only]) => {
      const { name, controls } = window.reading;
      const target = (one) => (one.matches("input") && one.closest("label")) || one;
      const all = [
        ...new Set(
          controls()
            .filter((one) => !one.matches("p a, canvas, [role=region]"))
            .map(target),
        ),
      ];
      const box = (one) => one.getBoundingClientRect();
      const spaced = (one) => {
        const { left, top, width, height } = box(one);
        const [x, y] = [left + width / 2, top + height / 2];
        return all.every((other) => {
          if (other === one) return true;
          const near = box(other);
          const [dx, dy] = [Math.max(near.left - x, 0, x - near.right), Math.max(near.top - y, 0, y - near.bottom)];
          return Math.hypot(dx, dy) >= least / 2;
        });
      };
      return all
        .filter((one) => one.matches(only))
        .filter((one) => Math.min(box(one).width, box(one).height) < least - 0.5 && (least > 24 || !spaced(one)))
        .map((one) => `${name(one)} ${box(one).width.toFixed(0)} x ${box(one).height.toFixed(0)}`);
    },
    [least, only],
  );

/** What scrolls sideways, and texts that do not fit where they are. @param {import("playwright-core").Page} page */
export const cutOff = (page) =>
  page.evaluate(() => {
    const { name, shown } = window.reading;
    const wrong = [];
    const { clientWidth: wide, scrollWidth } = document.documentElement;
    const across = Math.max(scrollWidth, innerWidth) - wide; // a phone makes room for what is too wide
    if (across > 0) wrong.push(`the page scrolls by ${across} px`);
    for (const one of document.querySelectorAll("body *")) {
      if (!shown(one) || one.closest("svg, canvas, select, .scroll, .alarms, .names, .hash")) continue;
      const words = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (!words) continue;
      const { right, left, width, height } = one.getBoundingClientRect();
      if (!width || !height) continue;
      if (right > wide + 1 || left < -1) wrong.push(`${name(one)} leaves the window: ${left} to ${right}`);
      const hides = ["hidden", "clip"];
      const { overflowX, overflowY } = getComputedStyle(one);
      const over = [one.scrollWidth - one.clientWidth, one.scrollHeight - one.clientHeight];
      if (one.clientWidth && ((hides.includes(overflowX) && over[0] > 1) || (hides.includes(overflowY) && over[1] > 1)))
        wrong.push(`${name(one)} is cut off by ${over}`);
      const parent = one.parentElement.getBoundingClientRect();
      if (getComputedStyle(one).position === "static" && right > parent.right + 2 && parent.width)
        wrong.push(`${name(one)} hangs out of ${name(one.parentElement)} by ${right - parent.right}`);
      // A button whose words are wider than it is lets them hang out.
      if (one.matches("button") && over[0] > 1) wrong.push(`${name(one)}: words hang out by ${over[0]}`);
    }
    return wrong;
  });

/** Texts and controls that lie over each other, of those in sight. @param {import("playwright-core").Page} page */
export const overlaps = (page) =>
  page.evaluate(() => {
    const { name, controls } = window.reading;
    const all = controls().filter((one) => !one.matches("p a, canvas, [role=region], [role=application]"));
    const box = (one) => ((one.matches("input") && one.closest("label")) || one).getBoundingClientRect();
    const fixed = (one) => one.closest(".sight, .run, #tour");
    const wrong = [];
    for (const [i, one] of all.entries()) {
      for (const other of all.slice(i + 1)) {
        if (one.contains(other) || other.contains(one) || fixed(one) !== fixed(other)) continue;
        if (one.closest("label") && one.closest("label") === other.closest("label")) continue;
        const [a, b] = [box(one), box(other)];
        const [x, y] = [
          Math.min(a.right, b.right) - Math.max(a.left, b.left),
          Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
        ];
        if (x > 2 && y > 2) wrong.push(`${name(one)} and ${name(other)}: ${x.toFixed(0)} x ${y.toFixed(0)}`);
      }
    }
    return wrong;
  });

/** The share of the window's height that what stays in place covers. @param {import("playwright-core").Page} page */
export const covered = (page) =>
  page.evaluate(() => {
    scrollTo(0, 1e6);
    let count = 0;
    const steps = 60;
    for (let i = 0; i < steps; i++) {
      const hit = document.elementFromPoint(innerWidth * 0.7, (innerHeight * (i + 0.5)) / steps);
      if (hit?.closest(".sight, .run")) count++;
    }
    scrollTo(0, 0);
    return count / steps;
  });

/** What has the focus, its outline, and whether that is in sight. @param {import("playwright-core").Page} page */
export const focused = (page) =>
  page.evaluate(() => {
    const { name } = window.reading;
    const at = document.activeElement;
    if (!at || at === document.body) return null;
    const style = getComputedStyle(at);
    const width = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
    const shows = at.matches(".released input") ? at.closest("label") : at;
    const box = shows.getBoundingClientRect();
    // Over a clip path of its own or of somebody around it, an outline is not drawn.
    const reach = width + Math.max(0, parseFloat(style.outlineOffset) || 0);
    let clipped = 0;
    for (let around = shows.parentElement; around && around !== document.body; around = around.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(around);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const outer = around.getBoundingClientRect();
      const out = [
        outer.left - box.left + reach,
        box.right + reach - outer.right,
        outer.top - box.top + reach,
        box.bottom + reach - outer.bottom,
      ];
      clipped = Math.max(clipped, out.filter((by) => by > width).length);
    }
    const points = [0.5, 0.1, 0.9].flatMap((x) =>
      [0.5, 0.1, 0.9].map((y) => [box.left + x * box.width, box.top + y * box.height]),
    );
    const free = points.some(([x, y]) => {
      const hit = document.elementFromPoint(x, y);
      return hit && (shows.contains(hit) || hit.contains(shows) || hit.closest("label")?.contains(shows));
    });
    return {
      name: name(at),
      place: at.closest("section, .lever, .dial, dialog, nav, header, footer")?.id ?? "",
      path: window.reading.number(at),
      box: { left: box.left, top: box.top + scrollY, right: box.right, bottom: box.bottom + scrollY },
      width,
      shadow: style.boxShadow !== "none",
      colour: style.outlineColor,
      clipped,
      free,
    };
  });

/** A style of the test's own; no policy of the page is asked. @param {import("playwright-core").Page} page @param {string} rules */
export const restyle = (page, rules) =>
  page.evaluate((rules) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }, rules);

/** Contrast of two colours as CSS says them, "rgb(1, 2, 3)" (WCAG 1.4.3). @param {string} one @param {string} other */
export function contrast(one, other) {
  const light = (/** @type {string} */ colour) => {
    const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).slice(0, 3).map((value) => {
      const share = Number(value) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high = 0, low = 0] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** From now on: what is announced, by the live region that says it. @param {import("playwright-core").Page} page */
export const listen = (page) =>
  page.evaluate(() => {
    window.announced = [];
    const live = (node) => {
      for (let at = node.nodeType === Node.TEXT_NODE ? node.parentElement : node; at; at = at.parentElement) {
        const told = at.getAttribute("aria-live");
        if (told === "off" || at.matches("[hidden], [aria-hidden=true], [inert]")) return null;
        const role = at.getAttribute("role") ?? (at.matches("output") ? "status" : "");
        if (told || ["status", "alert", "log"].includes(role)) return at;
      }
      return null;
    };
    const texts = new Map();
    new MutationObserver((records) => {
      const regions = new Set(records.map(({ target }) => live(target)).filter(Boolean));
      for (const region of regions) {
        const text = region.textContent;
        if (!text.trim() || texts.get(region) === text) continue;
        texts.set(region, text);
        window.announced.push({ at: performance.now(), region: window.reading.name(region), text });
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
