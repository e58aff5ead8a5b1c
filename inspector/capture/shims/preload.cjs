// Sends a Node program's HTTP through the proxy that its environment names. Loaded by `NODE_OPTIONS=--require`.
//
// Node's own clients ignore HTTPS_PROXY, and the AWS SDKs build an https.Agent of their own, which NODE_USE_ENV_PROXY
// does not reach either. Every such agent inherits `createConnection`, so that is where the tunnel is opened: agents,
// keep-alive, TLS options, Host, path and signature stay what the program made them. An agent with a
// `createConnection` of its own (https-proxy-agent and its like) chose its way and keeps it.
//
// Hosts on this machine are reached directly, as Go does. Nothing here may break the program: what fails to install
// itself is left out (B2_INSPECTOR_DEBUG=1 says so on stderr).
'use strict';

const http = require('http');
const https = require('https');
const net = require('net');
const tls = require('tls');

const request = http.request; // kept: tracers and test doubles replace the property later
const connect = net.connect;

function install(name, action) {
  try {
    action();
  } catch (error) {
    if (process.env.B2_INSPECTOR_DEBUG) console.error(`b2-inspector: ${name} is not recorded: ${error.message}`);
  }
}

// The proxy's URL, or null: none is named, or one that cannot be tunnelled through by CONNECT.
function proxyFor(protocol) {
  const name = `${protocol.replace(':', '')}_proxy`;
  const value = process.env[name] || process.env[name.toUpperCase()];
  try {
    const url = new URL(value);
    return url.protocol === 'http:' ? url : null;
  } catch {
    return null;
  }
}

function isLocal(host) {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d+){3}$/.test(name);
}

function credentials(proxy) {
  if (!proxy.username) return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

// A socket to host:port through the proxy, by CONNECT (RFC 9110 §9.3.6). `done(error, socket)` is called once.
function tunnel(proxy, host, port, done) {
  const authority = `${net.isIPv6(host) ? `[${host}]` : host}:${port}`;
  const where = { host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port) || 80, noDelay: true };
  const connecting = request({
    ...where,
    method: 'CONNECT',
    path: authority,
    headers: { Host: authority, ...credentials(proxy) },
    agent: false,
    createConnection: () => connect(where),
  });
  connecting.once('error', done);
  connecting.once('connect', (answer, socket, head) => {
    connecting.removeListener('error', done);
    if (answer.statusCode !== 200) {
      socket.destroy();
      done(new Error(`proxy ${where.host}:${where.port} answered CONNECT ${authority} with ${answer.statusCode}`));
      return;
    }
    if (head.length) socket.unshift(head);
    done(null, socket);
  });
  connecting.end();
}

// The proxy for what an agent is about to connect to, or null where it is to be left alone: a socket of the caller's,
// a Unix socket, this machine, or an agent that Node itself sends through the proxy (`proxyEnv`, Node 24.5).
function detour(agent, protocol, options) {
  if (options.socket || options.socketPath || agent.options?.proxyEnv) return null;
  const host = options.host || options.hostname;
  return host && !isLocal(host) ? proxyFor(protocol) : null;
}

function wrap(prototype, protocol, finish) {
  const direct = prototype.createConnection;
  prototype.createConnection = function createConnection(...args) {
    const [options, callback] = args;
    const usable = options && typeof options === 'object' && typeof callback === 'function';
    const proxy = usable && this instanceof http.Agent ? detour(this, protocol, options) : null;
    if (!proxy) return direct.apply(this, args);
    const port = options.port || (protocol === 'http:' ? 80 : 443);
    tunnel(proxy, options.host || options.hostname, port, (error, socket) => {
      if (error) return callback(error);
      if (options.keepAlive) socket.setKeepAlive(true, options.keepAliveInitialDelay);
      return finish(this, direct, options, socket, callback);
    });
    return undefined;
  };
}

// `options.timeout` is what net.connect would have set: an agent counts on it.
function hand(socket, options, callback) {
  if (options.timeout) socket.setTimeout(options.timeout);
  callback(null, socket);
}

// Node's own createConnection goes on from here, with its session cache: it takes `socket` as the transport.
function secure(agent, direct, options, socket, callback) {
  let secured;
  try {
    secured = direct.call(agent, { ...options, socket });
  } catch (error) {
    socket.destroy();
    callback(error);
    return;
  }
  hand(secured, options, callback);
}

function plain(agent, direct, options, socket, callback) {
  hand(socket, options, callback);
}

install('http', () => wrap(http.Agent.prototype, 'http:', plain));
install('https', () => wrap(https.Agent.prototype, 'https:', secure));

// The built-in fetch (Node 18 to 23) takes its dispatcher from this symbol, and sets it when it is first used. From
// Node 22.21 and 24 on NODE_USE_ENV_PROXY=1 puts a dispatcher there that knows the proxy; it stays.
const DISPATCHER = Symbol.for('undici.globalDispatcher.1');

function connectFetch(options, callback) {
  const { port, protocol, servername } = options;
  const host = options.hostname.replace(/^\[|\]$/g, '');
  const encrypted = protocol === 'https:';
  const number = Number(port) || (encrypted ? 443 : 80);
  const proxy = isLocal(host) ? null : proxyFor(protocol);
  const proceed = (error, socket) => {
    if (error) return callback(error);
    if (!encrypted) return callback(null, socket);
    const name = servername || (net.isIP(host) ? undefined : host);
    const secured = tls.connect({ socket, host, servername: name, ALPNProtocols: ['http/1.1'] });
    secured.once('error', callback);
    secured.once('secureConnect', () => {
      secured.removeListener('error', callback);
      callback(null, secured);
    });
  };
  if (proxy) return tunnel(proxy, host, number, proceed);
  const socket = connect({ host, port: number, noDelay: true });
  socket.once('error', proceed);
  socket.once('connect', () => {
    socket.removeListener('error', proceed);
    proceed(null, socket);
  });
}

function installFetch() {
  void globalThis.Headers; // loads Node's own undici, which sets the dispatcher
  const current = globalThis[DISPATCHER];
  if (current?.constructor?.name !== 'Agent') return; // the program's choice, or one that knows the proxy
  globalThis[DISPATCHER] = new current.constructor({ connect: connectFetch });
}

install('fetch', () => {
  const original = globalThis.fetch;
  if (typeof original !== 'function') return;
  let installed = false;
  globalThis.fetch = function fetch(...args) {
    if (!installed) {
      installed = true;
      install('fetch', installFetch);
    }
    return original.apply(this, args);
  };
});
