#!/usr/bin/env node
// What is published is one file. In a checkout it is made when it is first needed.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
let command = path.join(here, 'dist/holdfast-verify.mjs');
if (existsSync(path.join(here, 'build.mjs'))) command = (await (await import('./build.mjs')).buildVerifier()).command;
await import(pathToFileURL(command).href);
