import { posix } from 'node:path';

const IMPORT = /^import \{([^}]*)\} from '([^']+)';$/gm;
const EXPORT = /^export (?=(?:async )?(?:function|const|class) (\w+))/gm;

/**
 * Puts ES modules that import one another into one script, since a page that is one file has nowhere to import from.
 * Each becomes a function that gives what it exports, after those that it imports. They may import and export names as
 * they are, at the beginning of a line, and not import each other in a circle.
 * @param entry path of the module that begins, as `read` takes it
 */
export function inlined(entry: string, read: (path: string) => string): string {
  const done = new Map<string, string>();
  const parts: string[] = [];
  const add = (path: string): string => {
    const before = done.get(path);
    if (before !== undefined) return before;
    const exported: string[] = [];
    const body = read(path)
      .replaceAll(IMPORT, (_, names: string, from: string) => {
        const module = add(posix.join(posix.dirname(path), from));
        return `const {${names}} = ${module};`;
      })
      .replaceAll(EXPORT, (_, name: string) => {
        exported.push(name);
        return '';
      });
    const name = `module${done.size}`;
    done.set(path, name);
    parts.push(`// ${path}\nconst ${name} = (() => {\n${body}return { ${exported.join(', ')} };\n})();\n`);
    return name;
  };
  add(entry);
  return `(() => {\n'use strict';\n${parts.join('')}})();\n`;
}
