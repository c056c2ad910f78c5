// Runs cells in Pyodide: reads {"code": …} lines, answers "\0{}" lines (see worker.py).
//
//     node pyodide_worker.mjs FOLDER    where FOLDER/node_modules/pyodide is
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = `${process.argv[2]}/node_modules/pyodide`;
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`));
const pyodide = await loadPyodide({
  packageCacheDir: folder,
  stdout: (text) => process.stdout.write(`${text}\n`),
});

for await (const line of createInterface({ input: process.stdin })) {
  const { code } = JSON.parse(line);
  const answer = {};
  try {
    await pyodide.loadPackagesFromImports(code, { messageCallback: () => {} });
    pyodide.runPython(code);
  } catch (error) {
    answer.error = String(error);
  }
  process.stdout.write(`\0${JSON.stringify(answer)}\n`);
}
