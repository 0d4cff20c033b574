/**
 * Reads what `cargo test` prints, on the host and through wasm-bindgen-test-runner: counts, and leaves out the lines
 * that nobody reads. Cargo announces each test program; one that is announced and gives no result has crashed.
 */
import { withoutColour } from './console.mjs';

const announcement = /^\s*(?:Running (?:unittests )?(\S+) \(.+\)|Doc-tests (\S+))$/;
const summary =
  /^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored;(?: (\d+) measured;)? (\d+) filtered out/;

/** Routine, or said better by us. */
const quiet = [
  /^\s*(?:Compiling|Checking|Fresh|Finished|Downloading|Downloaded|Locking|Updating|Adding|Blocking|Executable|Dirty)\b/,
  /^test .* \.\.\. ok$/,
  /^running \d+ tests?$/,
  /^\s*$/,
  /^no tests to run!$/,
  /^Set WASM_BINDGEN_\w+ to/,
  /^Running headless tests in /,
  /^(?:Loading|Visiting|Waiting|Starting|Executing) .*\.\.\.$/,
  /^Try find `webdriver\.json`/,
  /^Ok$/,
  /^all doctests ran in /,
];

export class CargoOutput {
  passed = 0;
  failed = 0;
  ignored = 0;
  filteredOut = 0;
  #announced = [];
  #results = 0;
  #compiling = false;

  /** Takes one line; returns what to show of it, or null. */
  line(coloured) {
    const line = withoutColour(coloured);
    const announced = announcement.exec(line);
    if (announced) {
      this.#announced.push(announced[1] ?? `doc tests of ${announced[2]}`);
      return null;
    }
    const counts = summary.exec(line);
    if (counts) return this.#result(counts);
    // It found no test and says so instead of a result.
    if (line === 'no tests to run!') this.#results++;
    if (/^\s*Compiling /.test(line) && !this.#compiling) {
      this.#compiling = true;
      return 'compiling';
    }
    return quiet.some((pattern) => pattern.test(line)) ? null : line;
  }

  #result([, passed, failed, ignored, , filteredOut]) {
    this.#results++;
    this.passed += Number(passed);
    this.failed += Number(failed);
    this.ignored += Number(ignored);
    this.filteredOut += Number(filteredOut);
    if (Number(passed) + Number(failed) + Number(ignored) === 0) return null;
    const program = this.#announced.at(-1) ?? 'tests';
    return `${program}: ${passed} passed, ${failed} failed${Number(ignored) ? `, ${ignored} ignored` : ''}`;
  }

  /** The outcome once the program has ended: { passed, failed, problems }. */
  finish({ code, signal, timedOut, filtered = false }) {
    const problems = [];
    let { failed } = this;
    const add = (count, problem) => {
      failed += count;
      problems.push(problem);
    };
    const crashed = this.#announced.length - this.#results;
    if (timedOut) add(1, 'took too long and was ended');
    else if (crashed > 0)
      add(crashed, `${crashed} of ${this.#announced.length} test programs gave no result`);
    if (this.ignored > 0) add(this.ignored, `${this.ignored} tests are ignored, and no test may be`);
    if (code !== 0 && failed === 0) add(1, `cargo ended with ${signal ?? `code ${code}`}`);
    if (this.passed + failed === 0 && !filtered) add(1, 'no test was found');
    return { passed: this.passed, failed, problems };
  }
}
