// @ts-check
/**
 * The manifest of <vjepa-surprise> that editors and catalogues read:
 * https://github.com/webcomponents/custom-elements-manifest. Attributes, events, slots and parts are the tags of its comment; members come from its types, as
 * the compiler writes them.
 */

const TAG = "vjepa-surprise";
/** What the browser calls, not a page. */
const LIFECYCLE = /^(constructor|static|#|\w+Callback\b)/;

/**
 * @typedef {{text: string}} Type
 * @typedef {{kind: string, name: string, type?: Type, description?: string, readonly?: boolean, attribute?: string,
 *   parameters?: {name: string, type: Type}[], return?: {type: Type}}} Member
 */

/**
 * @param {string} source  the text of the element's module
 * @param {string} types  its declarations
 * @param {string} path  of the module in the package
 */
export function elementManifest(source, types, path) {
  const [, comment = "", name = ""] =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export class (\w+) extends HTMLElement/.exec(source) ?? [];
  if (!name) throw new Error(`${path} exports no element with a comment.`);
  const lines = comment.split("\n").map((line) => line.replace(/^ \* ?/, "").trim());
  const tags = lines.filter((line) => line.startsWith("@")).map(tagOf);
  const of = (/** @type {string} */ kind) =>
    tags.filter((tag) => tag.kind === kind).map(({ kind: _, ...rest }) => rest);
  const prose = lines.filter((line) => line && !line.startsWith("@"));
  const attributes = of("attr");
  return {
    schemaVersion: "2.1.0",
    readme: "README.md",
    modules: [
      {
        kind: "javascript-module",
        path,
        declarations: [
          {
            kind: "class",
            customElement: true,
            tagName: TAG,
            name,
            summary: prose[0],
            description: prose.join(" "),
            superclass: { name: "HTMLElement" },
            attributes,
            events: of("fires"),
            slots: of("slot").map(({ description }) => ({ name: "", description })),
            cssParts: of("csspart"),
            members: membersOf(types, name).map((member) =>
              attributes.some((attribute) => attribute.name === member.name) && member.kind === "field"
                ? { ...member, attribute: member.name, reflects: true }
                : member,
            ),
          },
        ],
        exports: [
          { kind: "js", name, declaration: { name, module: path } },
          { kind: "custom-element-definition", name: TAG, declaration: { name, module: path } },
        ],
      },
    ],
  };
}

/** @param {string} line  as in "@attr {type} name - what it is" */
function tagOf(line) {
  const [, kind = "", type, name = "", description = ""] =
    /^@(\w+)(?: \{(.*?)\})?(?: ([\w-]+))? - (.*)$/.exec(line) ?? [];
  if (!kind) throw new Error(`A comment's tag is written in another form: ${line}`);
  return { kind, name, ...(type && { type: { text: type } }), description };
}

/** Members of a class that a page may use. @param {string} types @param {string} name @returns {Member[]} */
function membersOf(types, name) {
  const [, body = ""] = new RegExp(`class ${name} [^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(types) ?? [];
  /** @type {Map<string, Member>} */
  const members = new Map();
  let description = "";
  for (const line of body.split("\n").map((text) => text.trim())) {
    const [, comment] = /^\/\*\* (.*?)(?: @.*)? \*\/$/.exec(line) ?? [];
    if (comment !== undefined) {
      description = comment;
      continue;
    }
    const member = LIFECYCLE.test(line) ? null : memberOf(line);
    if (member && members.has(member.name))
      delete members.get(member.name)?.readonly; // a setter follows its getter
    else if (member) members.set(member.name, description ? { ...member, description } : member);
    description = "";
  }
  return [...members.values()];
}

/** @param {string} line  of a declaration @returns {Member} */
function memberOf(line) {
  const [, getter, read = ""] = /^get (\w+)\(\): (.*);$/.exec(line) ?? [];
  if (getter) return { kind: "field", name: getter, type: { text: read }, readonly: true };
  const [, setter, written = ""] = /^set (\w+)\(\w+: (.*)\);$/.exec(line) ?? [];
  if (setter) return { kind: "field", name: setter, type: { text: written } };
  const [, method, given = "", result = ""] = /^(\w+)\((.*)\): (.*);$/.exec(line) ?? [];
  if (method) {
    const parameters = given ? given.split(", ").map((one) => one.split(": ")) : [];
    return {
      kind: "method",
      name: method,
      ...(given && { parameters: parameters.map(([name = "", type = ""]) => ({ name, type: { text: type } })) }),
      return: { type: { text: result } },
    };
  }
  const [, field, type = ""] = /^(\w+): (.*);$/.exec(line) ?? [];
  if (!field) throw new Error(`The element's types have a member in another form: ${line}`);
  return { kind: "field", name: field, type: { text: type } };
}
