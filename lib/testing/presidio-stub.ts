import http from 'node:http';
import type { AddressInfo } from 'node:net';

interface Analysis {
  entity_type: string;
  start: number;
  end: number;
  score: number;
  analysis_explanation: null;
  recognition_metadata?: { recognizer_name: string };
}

/** Speaks POST /analyze as the Presidio analyzer's REST service does: offsets in code points, errors as {error}. Finds the words that it is told to. */
export class PresidioStub {
  readonly asked: { text: string; language: string; score_threshold?: number }[] = [];
  /** Word → entity and score. */
  knows: Record<string, [entity: string, score: number]> = {};
  /** Breaks an answer: given the text it would send, sends what comes back. */
  answer: (json: string, response: http.ServerResponse) => void = (json, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(json);
  url = '';
  readonly #server = http.createServer((request, response) => void this.#take(request, response));

  async start(): Promise<void> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let body = '';
    for await (const piece of request) body += piece;
    if (request.method !== 'POST' || request.url !== '/analyze') return void response.writeHead(404).end('{"error":"Not Found"}');
    const asked = JSON.parse(body) as { text?: string; language?: string; score_threshold?: number };
    if (!asked.text) return void response.writeHead(500).end('{"error":"No text provided"}');
    if (!asked.language) return void response.writeHead(500).end('{"error":"No language provided"}');
    this.asked.push({ ...asked, text: asked.text, language: asked.language });
    const words = asked.text;
    const found: Analysis[] = Object.entries(this.knows).flatMap(([word, [entity_type, score]]) => {
      const at = words.indexOf(word);
      if (at === -1 || score < (asked.score_threshold ?? 0)) return [];
      const start = [...words.slice(0, at)].length;
      return [{ analysis_explanation: null, entity_type, start, end: start + [...word].length, score }];
    });
    this.answer(JSON.stringify(found), response);
  }
}
