// SPDX-License-Identifier: Apache-2.0
//
// Shows what a node, or who looks on, answers at /source, /members, /contexts, /events, and at
// /logins and /metrics, or /series. Whatever comes from there is put into the page as text, never as markup.
"use strict";

const EVERY_MS = 2000;
const CHART_POINTS = 150; // five minutes
const SESSIONS_MAX = 1000; // of a context that are looked through
const LOGINS_MAX = 200;
const EVENTS_MAX = 500;
const RETRY_MS = 3000;

const find = (id) => document.getElementById(id);
const state = {
  token: sessionStorage.getItem("token"),
  context: null,
  maps: new Map(), // of each context
  map: null, // of the context, if not all members have all its sessions
  replicated: null, // the context of which attributes are shown
  sessions: [],
  total: 0,
  chosen: null,
  details: "",
  events: [],
  after: null,
  isPaused: false,
  series: { sessions: [], received: [], sent: [], bytes: [] },
  last: null,
  source: { kind: "node" },
};

class Refused extends Error {}

async function ask(path, headers = {}) {
  const all = state.token ? { ...headers, Authorization: `Bearer ${state.token}` } : headers;
  const answer = await fetch(path, { headers: all, cache: "no-store" });
  if (answer.status === 401) {
    throw new Refused();
  }
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status}`);
  }
  return answer;
}

const askJson = async (path) => (await ask(path)).json();

// An element with text, or with elements, in it.
function make(name, content, className) {
  const element = document.createElement(name);
  if (Array.isArray(content)) {
    element.append(...content);
  } else if (content !== undefined && content !== null) {
    element.textContent = content;
  }
  if (className) {
    element.className = className;
  }
  return element;
}

// Rows are kept where nothing changed, so that a selection or a focus stays.
function showRows(id, rows) {
  const body = find(id).tBodies[0];
  const wanted = rows.map((row) => row.outerHTML).join("");
  if (body.dataset.shown === wanted) {
    return;
  }
  const focused = document.activeElement?.dataset?.key;
  body.dataset.shown = wanted;
  body.replaceChildren(...rows);
  if (focused) {
    body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }
}

function formatBytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (bytes >= 1000 && unit < units.length - 1) {
    bytes /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${units[unit]}`;
}

function formatSpan(seconds) {
  if (seconds < 0) {
    return "";
  }
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= size) {
      return `${Math.floor(seconds / size)} ${unit}`;
    }
  }
  return `${Math.floor(seconds)} s`;
}

const isNode = () => state.source.kind === "node";
const formatTime = (time) => new Date(time).toLocaleTimeString("en", { hour12: false });

// What it is that is shown.
function showSource() {
  const { kind, name, from, to, isOver, forgottenSessions } = state.source;
  if (kind === "node") {
    return;
  }
  const words = { file: "Capture", interface: "Interface", member: "Looking on, by" };
  const span = from === undefined ? "nothing yet"
    : `${new Date(from).toLocaleDateString("en-GB")} ${formatTime(from)} to ${formatTime(to)}`;
  const forgotten = forgottenSessions > 0 ? `, ${forgottenSessions.toLocaleString("en")} sessions forgotten` : "";
  find("local").textContent = `${words[kind]} ${name}: ${span}${isOver ? ", the end" : ""}${forgotten}`;
  document.title = `Tribes ${name}`;
  const captions = { sessions: "Sessions made", received: "Messages", sent: "Acknowledged after", bytes: "Bytes" };
  find("alive-caption").textContent = "Messages";
  find("memory-caption").textContent = "Values";
  for (const [id, text] of Object.entries(captions)) {
    find(`${id}-caption`).textContent = text;
    find(`${id}-chart`).setAttribute("aria-label", `${text}, from the first to the last`);
  }
}

const formatRate = (rate) => (rate >= 10 || rate === 0 ? Math.round(rate).toLocaleString("en") : rate.toFixed(1));

function showChart(name, values, text, points = CHART_POINTS) {
  const svg = find(`${name}-chart`);
  const top = Math.max(1, ...values);
  const at = (value, i) => `${(points - values.length + i).toFixed(1)},${(47 - 44 * value / top).toFixed(1)}`;
  const line = values.map(at).join(" L");
  const area = document.createElementNS(svg.namespaceURI, "path");
  const path = document.createElementNS(svg.namespaceURI, "path");
  find(`${name}-now`).textContent = text;
  svg.setAttribute("viewBox", `0 0 ${Math.max(1, points - 1)} 48`);
  svg.setAttribute("preserveAspectRatio", "none");
  area.setAttribute("class", "area");
  area.setAttribute("d", `M${points - values.length},48 L${line} L${points - 1},48 Z`);
  path.setAttribute("class", "line");
  path.setAttribute("d", `M${line}`);
  svg.replaceChildren(area, path);
}

function keep(name, value, text) {
  const values = state.series[name];
  values.push(value);
  if (values.length > CHART_POINTS) {
    values.shift();
  }
  showChart(name, values, text);
}

// The sum of a family of counters over its labels.
function sum(metrics, family) {
  let total = 0;
  for (const line of metrics.split("\n")) {
    if (line.startsWith(family) && (line[family.length] === "{" || line[family.length] === " ")) {
      total += Number(line.slice(line.lastIndexOf(" ") + 1));
    }
  }
  return total;
}

function showMetrics(metrics, sessions) {
  const now = {
    time: performance.now(),
    received: sum(metrics, "tribes_session_messages_received_total"),
    sent: sum(metrics, "tribes_session_messages_sent_total"),
    bytes: sum(metrics, "tribes_session_received_bytes_total"),
  };
  const rate = (name) => {
    const seconds = state.last ? (now.time - state.last.time) / 1000 : 0;
    return seconds > 0 ? Math.max(0, now[name] - state.last[name]) / seconds : 0;
  };
  keep("sessions", sessions, sessions.toLocaleString("en"));
  keep("received", rate("received"), formatRate(rate("received")));
  keep("sent", rate("sent"), formatRate(rate("sent")));
  keep("bytes", rate("bytes"), formatBytes(rate("bytes")));
  state.last = now;
}

// All that was seen, from its first message to its last.
function showSeries(series, contexts) {
  const total = (values) => values.reduce((sum_, value) => sum_ + value, 0);
  const acks = series.ackMilliseconds.filter((value) => value > 0);
  const last = series.ackMilliseconds.length;
  const created = contexts.reduce((sum_, context) => sum_ + context.created, 0);
  const latency = acks.length > 0 ? `${(total(acks) / acks.length).toFixed(1)} ms` : "";
  showChart("sessions", series.created, created.toLocaleString("en"), last);
  showChart("received", series.messages, state.source.messages.toLocaleString("en"), last);
  showChart("sent", series.ackMilliseconds, latency, last);
  showChart("bytes", series.bytes, formatBytes(state.source.bytes), last);
}

const nameOf = (member) => (member.host.includes(":") ? `[${member.host}]` : member.host) + `:${member.port}`;

// Static members do not say it; where nobody told a member when it began it counts from 1970.
function aliveOf(member) {
  const seconds = (member.aliveTime ?? 0) / 1000;
  return seconds <= 0 || seconds > 3e8 ? "" : formatSpan(seconds);
}

function stateOf(member) {
  if (member.left) {
    return make("td", "left", "quiet");
  }
  if (member.missing > 0 || (!isNode() && member.failed > 0)) {
    return make("td", `${(member.missing + member.failed).toLocaleString("en")} not confirmed`, "warn");
  }
  if (!isNode()) {
    return make("td", "seen", "good");
  }
  if (member.slow) {
    return make("td", "slow", "warn");
  }
  if (member.hears === false || member.heard === false) {
    return make("td", "not heard", "warn");
  }
  return make("td", "ok", "good");
}

function showMembers(answer) {
  if (isNode()) {
    find("local").textContent = answer.local ? nameOf(answer.local) : "";
    document.title = answer.local ? `Tribes ${nameOf(answer.local)}` : "Tribes";
  }
  showRows("members", answer.members.map((member) => make("tr", [
    make("td", nameOf(member)), make("td", member.domain ?? ""),
    make("td", isNode() ? aliveOf(member) : member.messages.toLocaleString("en"), "number"),
    make("td", member.ackMilliseconds === undefined ? "" : `${member.ackMilliseconds.toFixed(1)} ms`, "number"),
    stateOf(member),
  ])));
  if (answer.members.length === 0) {
    const cell = make("td", isNode() ? "No other member is there." : "No member was seen.", "quiet");
    cell.colSpan = 5;
    showRows("members", [make("tr", [cell])]);
  }
}

function showColumns(selector, shown) {
  document.querySelectorAll(selector).forEach((caption) => {
    caption.hidden = !shown;
  });
}

// Of a context with a map the state that counts is that of the map.
function stateOfContext(context) {
  if (context.map) {
    return [context.map.state, context.map.state === "initialized" ? "good" : "warn"];
  }
  return !isNode() ? [`${context.messages.toLocaleString("en")} messages`, "quiet"] : context.missing ? ["no member has it", "warn"]
    : context.stateTransferred ? ["complete", "good"] : ["not transferred", "quiet"];
}

function showContexts(contexts) {
  showColumns("#contexts th.manager", isNode());
  showRows("contexts", contexts.map((context) => {
    const state_ = stateOfContext(context);
    const row = make("tr", [
      make("td", context.name), ...(isNode() ? [make("td", context.manager.replace(/Manager$/, ""))] : []),
      make("td", context.sessions.toLocaleString("en"), "number"),
      make("td", formatBytes(context.bytes), "number"), make("td", state_[0], state_[1]),
    ]);
    row.tabIndex = 0;
    row.dataset.key = context.name;
    row.setAttribute("aria-selected", String(context.name === state.context));
    return row;
  }));
}

function matching() {
  const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  return state.sessions.filter((session) => words.every((word) =>
    session.id.toLowerCase().includes(word) || session.hash.includes(word) || word === String(session.attributeCount)
      || [session.role, session.primary, ...(session.backups ?? [])].some((member) => member?.includes(word))));
}

// Of the entries of a replicated map: who answers for one, and who has a copy.
function holdersOf(session) {
  return [...(state.map ? [make("td", session.role, "role")] : []), make("td", session.primary ?? "nobody", "holder"),
    make("td", (session.backups ?? []).map((backup) => make("div", backup)), "holder")];
}

// As what lists have of sessions has it: who it is in words.
const placeOf = (entry) => ({ ...entry, primary: entry.primary && nameOf(entry.primary), backups: entry.backups.map(nameOf) });

function showMap() {
  const counts = { primary: 0, backup: 0, proxy: 0 };
  find("map").hidden = !state.map;
  if (!state.map) {
    return;
  }
  for (const session of state.sessions) {
    counts[session.role]++;
  }
  const numbers = Object.entries(counts).map(([role, count]) => `${count.toLocaleString("en")} ${role}`).join(", ");
  const members = state.map.members.length > 0 ? `with ${state.map.members.join(", ")}` : "no other member has it";
  find("map").textContent = `Map ${state.map.state}, ${members}. Here: ${numbers}.`;
}

function showSessions() {
  const shown = matching();
  const held = state.sessions.some((session) => session.backups !== undefined);
  const looked = state.total > state.sessions.length ? `, the first ${state.sessions.length} of ${state.total.toLocaleString("en")}` : "";
  showColumns("#sessions th.holder", held);
  showColumns("#sessions th.role", state.map !== null);
  showMap();
  find("shown").textContent = state.context ? `${state.context}: ${shown.length}${looked}` : "";
  showRows("sessions", shown.slice(0, 200).map((session) => {
    const row = make("tr", [
      make("td", session.id, "id"), make("td", session.attributeCount, "number"),
      make("td", session.lastAccessedTime === undefined ? "" : formatTime(session.lastAccessedTime), "number"),
      ...(held ? holdersOf(session) : []),
    ]);
    row.tabIndex = 0;
    row.dataset.key = session.id;
    row.setAttribute("aria-selected", String(session.id === state.chosen));
    return row;
  }));
}

function showDetails(session) {
  const text = JSON.stringify(session);
  const times = ["creationTime", "lastAccessedTime", "thisAccessedTime"];
  if (text === state.details) {
    return;
  }
  state.details = text;
  const facts = Object.entries(session).filter(([name]) => name !== "attributes").map(([name, value]) => make("tr", [
    make("td", name, "quiet"),
    make("td", times.includes(name) ? new Date(value).toISOString() : Array.isArray(value) ? value.join(", ") : String(value ?? "")),
  ]));
  const attributes = Object.entries(session.attributes).map(([name, value]) => {
    if (!isNode()) {
      return make("tr", [make("td", name), make("td", formatBytes(value.bytes), "number quiet"),
        make("td", [make("pre", value.value === undefined ? value.class ?? "" : JSON.stringify(value.value, null, 2))])]);
    }
    const json = JSON.stringify(value, null, 2);
    return make("tr", [make("td", name), make("td", formatBytes(json.length), "number quiet"), make("td", [make("pre", json)])]);
  });
  if (attributes.length === 0) {
    attributes.push(make("tr", [make("td", "No attribute.", "quiet")]));
  }
  const table = (rows) => make("table", [make("tbody", rows)]);
  find("details").replaceChildren(table(attributes), make("h2", `Session ${session.hash}`), table(facts));
}

function clearDetails(text) {
  state.details = "";
  find("details").replaceChildren(make("p", text, "quiet"));
}

const pathOf = (context) => `contexts/${encodeURIComponent(context)}/sessions`;

async function updateSessions() {
  const path = state.map ? `contexts/${encodeURIComponent(state.context)}/map` : pathOf(state.context);
  const answer = await askJson(`${path}?limit=${SESSIONS_MAX}`);
  state.sessions = answer.sessions ?? answer.entries.map(placeOf);
  state.total = answer.total;
  showSessions();
}

// What is elsewhere would be fetched each time.
const isElsewhere = (id) => state.sessions.some((session) => session.id === id && session.attributeCount === undefined);

async function updateDetails() {
  if (state.details !== "" && isElsewhere(state.chosen)) {
    return;
  }
  try {
    showDetails(await askJson(`${pathOf(state.context)}/${encodeURIComponent(state.chosen)}`));
  } catch (error) {
    if (error instanceof Refused) {
      throw error;
    }
    clearDetails("The session is not there any more.");
  }
}

// Those in whose names a password would never be.
async function updateLogins() {
  const { logins, total } = await askJson(`logins?limit=${LOGINS_MAX}`);
  find("logins-section").hidden = total === 0;
  find("logins-shown").textContent = total > logins.length
    ? `the first ${logins.length} of ${total.toLocaleString("en")}` : total.toLocaleString("en");
  showRows("logins", logins.map((login) => make("tr", [
    make("td", login.hash, "id"), make("td", login.name ?? ""), make("td", login.roles.join(", ")),
    make("td", login.authType ?? ""), make("td", login.sessions.map((session) => `${session.host}#${session.context}`).join(", ")),
  ])));
}

async function updateAttributes() {
  // By its path within its host, as another name may have none.
  const path = `contexts/${encodeURIComponent(`#${state.replicated}`)}/attributes`;
  const attributes = state.replicated === null ? {} : (await askJson(path)).attributes;
  const rows = Object.entries(attributes).map(([name, value]) =>
    make("tr", [make("td", name), make("td", [make("pre", JSON.stringify(value, null, 2))])]));
  if (rows.length === 0) {
    const cell = make("td", state.replicated === null ? "No context is chosen." : "No attribute.", "quiet");
    cell.colSpan = 2;
    rows.push(make("tr", [cell]));
  }
  showRows("attributes", rows);
}

function showReplicated(contexts) {
  find("attributes-section").hidden = contexts.length === 0;
  showRows("replicated", contexts.map((context) => {
    const row = make("tr", [
      make("td", context.name === "" ? "/" : context.name), make("td", context.attributes.toLocaleString("en"), "number"),
      make("td", context.members.join(", ")),
    ]);
    row.tabIndex = 0;
    row.dataset.key = context.name;
    row.setAttribute("aria-selected", String(context.name === state.replicated));
    return row;
  }));
}

async function chooseReplicated(name) {
  state.replicated = name;
  for (const row of find("replicated").tBodies[0].rows) {
    row.setAttribute("aria-selected", String(row.dataset.key === name));
  }
  await updateAttributes().catch(() => {});
}

async function updateMaps(replicated) {
  showReplicated(replicated);
  if (!replicated.some((context) => context.name === state.replicated)) {
    state.replicated = null;
  }
  await Promise.all([updateLogins(), updateAttributes()]);
}

async function update() {
  state.source = await askJson("source");
  const [members, { contexts, replicatedContexts }, numbers] = await Promise.all([askJson("members"), askJson("contexts"),
    isNode() ? ask("metrics").then((answer) => answer.text()) : askJson("series")]);
  if (!contexts.some((context) => context.name === state.context)) {
    state.context = contexts[0]?.name ?? null;
  }
  state.maps = new Map(contexts.map((context) => [context.name, context.map ?? null]));
  state.map = state.maps.get(state.context) ?? null;
  showSource();
  showMembers(members);
  showContexts(contexts);
  if (isNode()) {
    showMetrics(numbers, contexts.reduce((total, context) => total + context.sessions, 0));
    await updateMaps(replicatedContexts);
  } else {
    showSeries(numbers, contexts);
  }
  if (state.context) {
    await updateSessions();
  }
  if (state.context && state.chosen) {
    await updateDetails();
  }
}

function showEvents() {
  const wanted = find("filter").value.toLowerCase();
  const shown = state.events.filter((event) => event.text.toLowerCase().includes(wanted));
  find("event-count").textContent = `${shown.length}${state.isPaused ? ", paused" : ""}`;
  find("events").replaceChildren(...shown.slice(-200).reverse().map((event) =>
    make("li", [make("time", event.time), make("b", event.name), make("span", event.rest)])));
}

function takeEvent(text) {
  const { event, time, v, packet, options, actions, bytes, ack, latency, ...said } = JSON.parse(text);
  const named = (change) => actions?.filter((action) => action.change === change && action.type === "attribute")
    .map((action) => action.name) ?? [];
  const rest = { ...said, ...(actions && { set: named("set"), removed: named("remove") }),
    ...(bytes !== undefined && { bytes }), ...(ack && { ack }), ...(latency !== undefined && { latency }) };
  const show = (value) => (Array.isArray(value) && value.every((one) => typeof one === "string")
    ? value.join(",") : typeof value === "object" ? JSON.stringify(value) : String(value));
  const details = Object.entries(rest).filter(([, value]) => !Array.isArray(value) || value.length > 0)
    .map(([name, value]) => `${name}=${show(value)}`).join(" ");
  state.events.push({ name: event, time: (time ?? "").slice(11, 23), rest: details, text: `${event} ${details}` });
  if (state.events.length > EVENTS_MAX) {
    state.events.shift();
  }
}

// As an EventSource would, which cannot show a token.
function takeStream(text) {
  for (const block of text.split("\n\n")) {
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) {
        state.after = line.slice(4);
      } else if (line.startsWith("data: ")) {
        takeEvent(line.slice(6));
      }
    }
  }
}

async function followEvents() {
  for (;;) {
    try {
      // What was seen before has no other place.
      state.after ??= isNode() ? null : "0";
      const headers = state.after === null ? {} : { "Last-Event-ID": state.after };
      const answer = await ask("events", { ...headers, Accept: "text/event-stream" });
      takeStream(await answer.text());
      if (!state.isPaused) {
        showEvents();
      }
    } catch (error) {
      if (error instanceof Refused) {
        return;
      }
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
    }
  }
}

function say(text, className) {
  find("state").textContent = text;
  find("state").className = `badge ${className}`;
}

function askForToken(wrong) {
  find("main").hidden = true;
  find("login").hidden = false;
  find("login-error").textContent = wrong ? "It is another one." : "";
  find("token").focus();
  say("locked", "");
}

async function begin() {
  for (let isFollowing = false; ;) {
    try {
      await update();
      find("login").hidden = true;
      find("main").hidden = false;
      say(state.source.isOver ? "ended" : "live", state.source.isOver ? "" : "good");
      if (!isFollowing) {
        isFollowing = true;
        followEvents();
      }
    } catch (error) {
      if (error instanceof Refused) {
        askForToken(state.token !== null);
        return;
      }
      say("no answer", "bad");
    }
    await new Promise((resolve) => { setTimeout(resolve, EVERY_MS); });
  }
}

async function choose(id) {
  state.chosen = id;
  state.details = "";
  showSessions();
  await updateDetails().catch(() => {});
  find("sessions").querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
}

async function chooseContext(name) {
  state.context = name;
  state.map = state.maps.get(name) ?? null;
  state.chosen = null;
  clearDetails("No session is chosen.");
  for (const row of find("contexts").tBodies[0].rows) {
    row.setAttribute("aria-selected", String(row.dataset.key === name));
  }
  await updateSessions().catch(() => {});
}

function move(step) {
  const shown = matching();
  const at = shown.findIndex((session) => session.id === state.chosen);
  const next = shown[Math.min(shown.length - 1, Math.max(0, at + step))];
  if (next) {
    choose(next.id);
  }
}

function moveContext() {
  const rows = [...find("contexts").tBodies[0].rows];
  const at = rows.findIndex((row) => row.dataset.key === state.context);
  if (rows.length > 0) {
    chooseContext(rows[(at + 1) % rows.length].dataset.key);
  }
}

function togglePause() {
  state.isPaused = !state.isPaused;
  find("pause").setAttribute("aria-pressed", String(state.isPaused));
  showEvents();
}

const keys = {
  "/": () => find("search").focus(),
  e: () => find("filter").focus(),
  j: () => move(1),
  k: () => move(-1),
  c: moveContext,
  p: togglePause,
  "?": () => find("help").showModal(),
};

function onKey(event) {
  const isTyping = event.target.tagName === "INPUT";
  if (event.key === "Escape" && isTyping) {
    // What was typed stays.
    event.preventDefault();
    event.target.blur();
  } else if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && keys[event.key] && !find("main").hidden) {
    event.preventDefault();
    keys[event.key]();
  }
}

function onRow(id, act) {
  const body = find(id).tBodies[0];
  const run = (event) => {
    const row = event.target.closest("tr[tabindex]");
    if (row) {
      act(row.dataset.key);
    }
  };
  body.addEventListener("click", run);
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      run(event);
    }
  });
}

document.addEventListener("keydown", onKey);
onRow("contexts", chooseContext);
onRow("sessions", choose);
onRow("replicated", chooseReplicated);
find("search").addEventListener("input", showSessions);
find("filter").addEventListener("input", showEvents);
find("pause").addEventListener("click", togglePause);
find("help-button").addEventListener("click", () => find("help").showModal());
find("help-close").addEventListener("click", () => find("help").close());
find("login").addEventListener("submit", (event) => {
  event.preventDefault();
  state.token = find("token").value;
  sessionStorage.setItem("token", state.token);
  begin();
});
begin();
