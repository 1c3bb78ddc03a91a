/** Tools of the build come finished where they can be had and are the files that were checked, and from source elsewhere. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const ROOT = new URL("../..", import.meta.url).pathname;
const LINUX = process.platform === "linux" && ["x64", "arm64"].includes(process.arch);
const MACHINE = process.arch === "arm64" ? "aarch64" : "x86_64";

/** A program that says its version. @param {string} path @param {string} version */
async function program(path, version) {
  await writeFile(path, `#!/bin/sh\necho "tool ${version}"\n`);
  await chmod(path, 0o755);
}

/** An archive as releases have it: the program in a folder. @param {string} folder @param {string} name @param {string} version */
async function archive(folder, name, version) {
  await mkdir(join(folder, "release"), { recursive: true });
  await program(join(folder, "release", name), version);
  await run("tar", ["-czf", `${name}.tar.gz`, `release/${name}`], { cwd: folder });
  return readFile(join(folder, `${name}.tar.gz`));
}

/** Stands in for cargo install: notes the crate, and makes its program; one that others put there it replaces only by force. */
const CARGO = `#!/bin/sh
echo "$2" >>"$NOTES"
case " $* " in *" --force "*) force=1 ;; esac
while [ $# -gt 0 ]; do
  case $1 in install) crate=$2 ;; --version) version=$2 ;; --root) root=$2 ;; esac
  shift
done
mkdir -p "$root/bin"
[ "$force" ] || [ ! -e "$root/bin/\${crate%-cli}" ] || exit 101
printf '#!/bin/sh\\necho "built %s"\\n' "$version" >"$root/bin/\${crate%-cli}"
chmod +x "$root/bin/\${crate%-cli}"
`;

/**
 * Sets up the tools of the build in a folder of its own.
 * @param {{served?: boolean, spoiled?: boolean, running?: boolean}} how  whether the host has the files, as they should be, and
 *   whether they run here
 * @returns {Promise<{built: string[], from: Record<string, string>}>} crates that were built, and what each tool says of itself
 */
async function setUp({ served = true, spoiled = false, running = true }) {
  const folder = await mkdtemp(join(tmpdir(), "vjepa-setup-"));
  const files = new Map();
  const server = createServer(({ url = "" }, response) => {
    const file = served && files.get(url.slice(1));
    if (file) response.end(spoiled ? Buffer.concat([file, Buffer.of(0)]) : file);
    else response.writeHead(404).end();
  });
  try {
    await cp(join(ROOT, "scripts"), join(folder, "scripts"), { recursive: true });
    await cp(join(ROOT, "Cargo.lock"), join(folder, "Cargo.lock"));
    const lines = (await readFile(join(folder, "scripts/releases.txt"), "utf8")).split("\n");
    const made = await Promise.all(
      lines.map(async (line) => {
        const [name, version, machine, address] = line.split(" ");
        if (machine !== MACHINE) return line;
        const bytes = await archive(folder, name, running ? version : "of another machine");
        files.set(address, bytes);
        return [name, version, machine, address, createHash("sha256").update(bytes).digest("hex")].join(" ");
      }),
    );
    await writeFile(join(folder, "scripts/releases.txt"), made.join("\n"));
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "bin/cargo"), CARGO);
    await chmod(join(folder, "bin/cargo"), 0o755);
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
    const NOTES = join(folder, "notes");
    await writeFile(NOTES, "");
    await run("bash", [join(folder, "scripts/setup.sh"), "build"], {
      env: {
        ...process.env,
        PATH: `${join(folder, "bin")}:${process.env.PATH}`,
        VJEPA_CACHE: join(folder, "cache"),
        VJEPA_TOOL_HOST: `http://127.0.0.1:${port}`,
        NOTES,
      },
    });
    const says = async (/** @type {string} */ name) =>
      (await run(join(folder, "cache/tools/bin", name), ["--version"])).stdout.split(" ")[0];
    return {
      built: (await readFile(NOTES, "utf8")).split("\n").filter(Boolean),
      from: { trunk: await says("trunk"), "wasm-bindgen": await says("wasm-bindgen") },
    };
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
}

test("every version that is used has a release to take", async () => {
  const [releases, lock, setup] = await Promise.all(
    ["scripts/releases.txt", "Cargo.lock", "scripts/setup.sh"].map((file) => readFile(join(ROOT, file), "utf8")),
  );
  const bindgen = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  const [trunk, pack] = ["TRUNK", "WASM_PACK"].map((name) => new RegExp(`^${name}_VERSION=(.*)`, "m").exec(setup)?.[1]);
  assert.match(releases, new RegExp(`^wasm-pack ${pack} x86_64 \\S+ [0-9a-f]{64}$`, "m"));
  for (const machine of ["x86_64", "aarch64"]) {
    assert.match(releases, new RegExp(`^wasm-bindgen ${bindgen} ${machine} \\S+ [0-9a-f]{64}$`, "m"));
    assert.match(releases, new RegExp(`^trunk ${trunk} ${machine} \\S+ [0-9a-f]{64}$`, "m"));
  }
});

test("finished tools are taken", { skip: !LINUX }, async () => {
  const { built, from } = await setUp({});
  assert.deepEqual(built, []);
  assert.deepEqual(from, { trunk: "tool", "wasm-bindgen": "tool" });
});

for (const [what, how] of Object.entries({
  "another file than the one that was checked": { spoiled: true },
  "a host without them": { served: false },
  "a program that does not run here": { running: false },
})) {
  test(`${what}: built from source`, { skip: !LINUX }, async () => {
    const { built, from } = await setUp(how);
    assert.deepEqual(built, ["wasm-bindgen-cli", "trunk"]);
    assert.deepEqual(from, { trunk: "built", "wasm-bindgen": "built" });
  });
}
