// Servers that the tests of sign-in need: an OpenID provider, a CAS server, and a Vigie that trusts one of them.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type IncomingMessage, createServer } from "node:http";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
// @ts-expect-error: it has no types.
import Provider from "oidc-provider";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = resolve(root, process.env.VIGIE ?? "target/release/vigie");

/** Something that runs until it is stopped. */
export interface Running {
  url: string;
  stop: () => Promise<void>;
}

/** What a provider says of somebody, by what they are called there. */
export type Accounts = Record<string, { name: string; email: string; PRO: string; UAI: string[] }>;

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const probe = createSocket().listen(0, "127.0.0.1");
  await new Promise((listening) => probe.once("listening", listening));
  const { port } = probe.address() as AddressInfo;
  await new Promise((closed) => probe.close(closed));
  return port;
}

/** An OpenID provider whose people sign in with their name and any password. */
export async function startOpenId(port: number, accounts: Accounts, vigie: string, secret: string): Promise<Running> {
  const url = `http://127.0.0.1:${port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: "vigie",
        client_secret: secret,
        redirect_uris: [`${vigie}/connexion/oidc/retour`],
        post_logout_redirect_uris: [`${vigie}/connexion`],
      },
    ],
    claims: { openid: ["sub"], profile: ["name", "PRO", "UAI"], email: ["email"] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
  });
  const server = createServer(provider.callback()).listen(port, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return { url, stop: () => new Promise((closed) => (server.close(() => closed()), server.closeAllConnections())) };
}

/** A federation that providers sign out through: it has an origin of its own, and leads on to wherever it is told. */
export async function startFederation(port: number): Promise<Running> {
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url!, "http://federation");
    response.writeHead(303, { location: searchParams.get("puis") ?? "/" }).end();
  }).listen(port, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return { url: `http://localhost:${port}`, stop: () => new Promise((closed) => (server.close(() => closed()), server.closeAllConnections())) };
}

/**
 * A CAS server: the page of sign-in takes any password, tickets serve once, and signing out ends the sessions of services, then leads
 * through a federation.
 */
export async function startCas(port: number, accounts: Accounts, federation: string): Promise<Running> {
  const tickets = new Map<string, { service: string; user: string }>();
  const given: { service: string; ticket: string }[] = [];
  const escape = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const body = async (request: IncomingMessage) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    return new URLSearchParams(text);
  };
  const success = (user: string) => {
    const { name, email, PRO, UAI } = accounts[user]!;
    const values = { displayName: [name], mail: [email], PRO: [PRO], UAI };
    const attributes = Object.entries(values).flatMap(([key, all]) => all.map((value) => `<cas:${key}>${escape(value)}</cas:${key}>`));
    return `<cas:authenticationSuccess><cas:user>${escape(user)}</cas:user><cas:attributes>${attributes.join("")}</cas:attributes></cas:authenticationSuccess>`;
  };
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://cas");
    const html = (text: string) => response.setHeader("content-type", "text/html; charset=utf-8").end(`<!doctype html><title>CAS</title>${text}`);
    if (pathname === "/cas/login" && request.method === "GET") {
      const service = escape(searchParams.get("service") ?? "");
      return html(`<form method="post"><input type="hidden" name="service" value="${service}"><label>Identifiant <input name="user"></label><button>Entrer</button></form>`);
    }
    if (pathname === "/cas/login") {
      const form = await body(request);
      const [service, user] = [form.get("service")!, form.get("user")!];
      if (!accounts[user]) return html("Inconnu");
      const ticket = `ST-${randomBytes(12).toString("hex")}`;
      tickets.set(ticket, { service, user });
      given.push({ service, ticket });
      const back = new URL(service);
      back.searchParams.set("ticket", ticket);
      return response.writeHead(303, { location: back.href }).end();
    }
    if (pathname === "/cas/p3/serviceValidate") {
      const ticket = searchParams.get("ticket") ?? "";
      const known = tickets.get(ticket);
      tickets.delete(ticket);
      const inside = known && known.service === searchParams.get("service")
        ? success(known.user)
        : `<cas:authenticationFailure code="INVALID_TICKET">no</cas:authenticationFailure>`;
      return response.setHeader("content-type", "application/xml").end(`<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">${inside}</cas:serviceResponse>`);
    }
    if (pathname === "/cas/logout") {
      for (const { service, ticket } of given.splice(0)) {
        const logoutRequest = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"><samlp:SessionIndex>${ticket}</samlp:SessionIndex></samlp:LogoutRequest>`;
        await fetch(service, { method: "POST", body: new URLSearchParams({ logoutRequest }) });
      }
      const service = searchParams.get("service");
      return service ? response.writeHead(303, { location: `${federation}/sortie?puis=${encodeURIComponent(service)}` }).end() : html("Vous êtes sorti de l’ENT.");
    }
    response.writeHead(404).end();
  }).listen(port, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return { url: `http://127.0.0.1:${port}/cas`, stop: () => new Promise((closed) => (server.close(() => closed()), server.closeAllConnections())) };
}

/** A Vigie with a copy of the data of the other tests, and settings of its own. */
export async function startVigie(port: number, settings: string, environment: NodeJS.ProcessEnv = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "vigie-connexion-"));
  const data = join(folder, "data");
  execFileSync(program, ["backup", "--data", process.env.VIGIE_TEST_DATA!, data]);
  const config = join(folder, "vigie.toml");
  writeFileSync(config, settings);
  const listen = `127.0.0.1:${port}`;
  const server: ChildProcess = spawn(program, ["serve", "--config", config, "--data", data, "--listen", listen], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  // It says when it listens.
  await new Promise<void>((ready, failed) => {
    let said = "";
    server.stderr!.on("data", (text) => {
      said += text;
      if (said.includes("Vigie est prête")) ready();
    });
    server.once("exit", (code) => failed(new Error(`Vigie stopped (${code}): ${said}`)));
  });
  const stop = async () => {
    const ended = new Promise((end) => server.once("exit", end));
    server.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: `http://localhost:${port}`, stop };
}
