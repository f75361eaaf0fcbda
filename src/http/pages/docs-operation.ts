import { html } from 'hono/html';
import { curlExample } from './curl-example.ts';
import { describeSchema, errorCodesOf, type Field, fieldsOf } from './describe-schema.ts';
import type { Html } from './layout.ts';
import { bodyOf, type Endpoint, follow, type Parameter, type Response } from './openapi.ts';
import { prose } from './prose.ts';
import type { OpenApiDocument } from './view-models.ts';

/** One operation: what it does, takes and answers, and a command to try it. */
export function docsOperation(document: OpenApiDocument, endpoint: Endpoint): Html {
  const { id, method, path, operation, parameters } = endpoint;
  const body = bodyOf(follow<Response>(document, operation.requestBody)?.content);
  const parameterFields = parameters.map((parameter) => parameterField(document, parameter));
  return html`<section class="operation" id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title"><span class="method ${method.toLowerCase()}">${method}</span> <code>${path}</code></h2>
${operation.summary !== undefined && html`<p><strong>${operation.summary}</strong></p>`}
${operation.description !== undefined && prose(operation.description)}
${fieldTable('Parameters', parameterFields)}
${body && fieldTable(`Body (${body.type})`, fieldsOf(document, body.media.schema))}
${responses(document, endpoint)}
<h3>Example</h3>
<pre tabindex="0"><code>${curlExample(document, endpoint)}</code></pre>
${answerExample(document, endpoint)}
</section>`;
}

function parameterField(document: OpenApiDocument, parameter: Parameter): Field {
  const { type, description } = describeSchema(document, parameter.schema);
  // The generator repeats a parameter's description in its schema.
  const own = parameter.description ?? '';
  return {
    name: parameter.name,
    type: `${type}, in the ${parameter.in}`,
    required: parameter.required ?? false,
    description: description.startsWith(own) ? description : `${own} ${description}`,
  };
}

/** The first success that has a body. */
function successOf(document: OpenApiDocument, { operation }: Endpoint) {
  for (const [status, node] of Object.entries(operation.responses ?? {})) {
    const media = bodyOf(follow<Response>(document, node)?.content)?.media;
    if (status.startsWith('2') && media) return { status, media };
  }
  return undefined;
}

function answerExample(document: OpenApiDocument, endpoint: Endpoint): Html | null {
  const { example } = successOf(document, endpoint)?.media ?? {};
  if (example === undefined) return null;
  return html`<p>answers</p>
<pre tabindex="0"><code>${JSON.stringify(example, null, 2)}</code></pre>`;
}

function responses(document: OpenApiDocument, endpoint: Endpoint): Html {
  const answers = Object.entries(endpoint.operation.responses ?? {}).map(([status, node]) => {
    const response = follow<Response>(document, node);
    return { status, response, schema: bodyOf(response?.content)?.media.schema };
  });
  const success = successOf(document, endpoint);
  return html`<h3>Responses</h3>
<ul class="responses">${answers.map(({ status, response, schema }) => {
    const codes = errorCodesOf(document, schema);
    return html`<li><strong class="number">${status}</strong> ${response?.description}
${codes.map((code) => html` <code>${code}</code>`)}</li>`;
  })}</ul>
${success && fieldTable(`Fields of ${success.status}`, answerFields(document, success.media.schema))}`;
}

/** An answer always has all its fields, so nothing is said of that. */
const answerFields = (...body: Parameters<typeof fieldsOf>): Field[] =>
  fieldsOf(...body).map((field) => ({ ...field, required: false }));

function fieldTable(title: string, fields: readonly Field[]): Html | null {
  if (fields.length === 0) return null;
  return html`<h3>${title}</h3>
<dl class="rows fields-list">${fields.map(
    ({ name, type, required, description }) => html`<div><dt><code>${name}</code></dt>
<dd><span class="quiet">${type}${required && ', required'}</span> ${description}</dd></div>`,
  )}</dl>`;
}
