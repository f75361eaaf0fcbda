import { examineProcess } from './api-fuzz.ts';
import type { Experiment } from './experiment.ts';
import { judgeEnvelope, judgeHeaders } from './fuzz/judge.ts';
import { drawScenario, type RawScenario, slowScenarios } from './fuzz/raw-scenarios.ts';
import { playScenario, type RawEnd, readAnswers } from './fuzz/raw-socket.ts';
import { percentile } from './random.ts';

const atOnce = 40;
const patienceMs = 45_000;
/** A request that never ends is cut off after 30 s, give or take; one that only says nothing, after 65 s. */
const slowPatienceMs = 50_000;
const slowEach = 5;
/** So many failures tell the story; of a planted defect a few do. */
const enough = process.env.HARIAN_DEFECT === undefined ? 1_000 : 3;

/** Bytes that are no HTTP, or nearly: the answer is a refusal in our shape or a closed connection, and soon. */
export const rawSockets: Experiment = {
  name: 'raw-sockets',
  figure: 'malformed connections: no crash, no hang, no request inside another; a refusal or a closed connection',
  quick: 5_000,
  full: 20_000,
  negative: 1_200,
  async run({ n, random, rig, say, signal }) {
    const databaseUrl = await rig.createDatabase();
    const { url: simulatorUrl } = await rig.serveSimulator();
    const harian = await rig.startHarian({ databaseUrl, simulatorUrl, roles: 'api' });
    const port = Number(new URL(harian.url).port);
    const failures: string[] = [];
    const took: number[] = [];
    let answered = 0;

    const play = async (scenario: RawScenario, patience: number) => {
      const end = await playScenario(port, scenario, patience);
      const { answers, problems } = judge(scenario, end);
      answered += answers;
      took.push(end.tookMs);
      const sent = scenario.pieces.map(String).join('').slice(0, 300);
      for (const problem of problems) failures.push(`${scenario.name}: ${problem}: ${JSON.stringify(sent)}`);
    };
    const slow = Promise.all(slowScenarios(slowEach).map((scenario) => play(scenario, slowPatienceMs)));
    let next = 0;
    const goOn = async () => {
      while (next < n && failures.length < enough) {
        signal.throwIfAborted();
        const scenario = drawScenario(random, next++);
        await play(scenario, patienceMs);
        if (next % 500 === 0) say(`${next} of ${n} connections, ${failures.length} failures`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, goOn));
    const p99 = percentile(took, 0.99);
    if (failures.length < enough) await slow;
    failures.push(...(await examineProcess(harian)));
    return {
      n: took.length,
      failures,
      measured: [
        `${answered} answers`,
        `p99 ${p99.toFixed(0)} ms`,
        `slowest ${(Math.max(...took) / 1000).toFixed(1)} s`,
      ],
    };
  },
  defects: [
    {
      name: 'what is no HTTP gets a bare 400',
      file: 'src/http/server.ts',
      find: "server.on('clientError', ",
      replace: "server.on('noClientError', ",
    },
    {
      name: 'the parser forgives: two ways to read a length',
      file: 'src/http/server.ts',
      find: 'requireHostHeader: false,',
      replace: 'requireHostHeader: false, insecureHTTPParser: true,',
    },
    {
      name: 'an odd connection ends the process',
      file: 'src/http/server.ts',
      find: 'if (!socket.writable) return;',
      replace: "if (!socket.writable) throw new Error('gone');",
    },
    {
      name: 'raw answers come without the headers of all others',
      file: 'src/http/server.ts',
      find: 'const own = { ...headers, Connection',
      replace: 'const own = { Connection',
    },
    {
      name: 'slow clients are waited for',
      file: 'src/http/server.ts',
      find: 'connectionsCheckingInterval: patience.lateCheckMs,',
      replace: 'connectionsCheckingInterval: 600_000,',
    },
  ],
};

function judge(scenario: RawScenario, { bytes, closed }: RawEnd): { answers: number; problems: string[] } {
  const { answers, rest } = readAnswers(bytes);
  const problems: string[] = [];
  if (!closed) problems.push('the server holds on to the connection');
  if (answers.length > scenario.atMost) problems.push(`${answers.length} answers to ${scenario.atMost} requests`);
  const whole = scenario.afterwards === 'close' || scenario.afterwards === 'wait';
  if (whole && rest.length > 0) problems.push(`an answer that is no HTTP: ${rest.toString('latin1').slice(0, 100)}`);
  for (const { status, headers, body } of answers) {
    if (status >= 500) problems.push(`status ${status}`);
    problems.push(...judgeHeaders(headers));
    const problem = status < 400 ? null : judgeEnvelope(body);
    if (problem !== null && body !== '') problems.push(`${problem}: ${status} ${body.slice(0, 100)}`);
    if (status >= 400 && body === '' && !String(scenario.pieces).includes('HEAD'))
      problems.push(`${status} without a word`);
  }
  const { expects } = scenario;
  if (expects && answers.filter(({ status }) => status === expects.status).length !== expects.count) {
    problems.push(
      `${answers.map(({ status }) => status).join(' ')} where ${expects.count} × ${expects.status} was due`,
    );
  }
  return { answers: answers.length, problems };
}
