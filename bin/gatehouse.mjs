#!/usr/bin/env node
import { launch } from "./launch.mjs";

process.exitCode = await launch("gatehouse", process.argv.slice(2), {
  directory: process.cwd(),
  withDevelopment: false,
});
