// Works a shift with nothing but @microsoft/signalr and what src/Dispatch.Contracts/README.md says.
const signalR = require('@microsoft/signalr');
const { randomUUID } = require('crypto');

const server = process.argv[2];
const tasksWanted = 20;

function check(condition, what) {
  if (!condition) throw new Error(what);
}

async function main() {
  const reply = await fetch(`${server}/api/v1/dev/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID() },
    body: JSON.stringify({ name: 'JavaScript', roles: ['worker'] }),
  });
  const { token, workerId } = await reply.json();
  const connection = new signalR.HubConnectionBuilder()
    .withUrl(`${server}/hubs/worker`, { accessTokenFactory: () => token })
    .configureLogging(signalR.LogLevel.Error)
    .build();
  let arrived;
  const pushed = new Promise(resolve => { arrived = resolve; });
  // A project that sends ahead brings tasks in state `reserved` too: ours to keep, not to show before their turn.
  const sentAhead = new Set();
  const keep = assignment => { if (assignment) sentAhead.add(assignment.assignmentId); };
  connection.on('AssignmentOffered', push => push.assignment.state === 'reserved' ? keep(push.assignment) : arrived(push.assignment));
  connection.on('AssignmentWithdrawn', () => {});
  connection.on('ActivityChanged', () => {});
  connection.on('Notice', () => {});
  connection.on('Resync', () => {});
  await connection.start();

  const snapshot = await connection.invoke('Connect', null);
  check(snapshot.workerId === workerId, 'the snapshot is of another worker');
  check(snapshot.activity === 'offline', `a new worker is ${snapshot.activity}`);
  const forms = new Map(snapshot.projects.map(project => [project.projectId, project]));
  const available = await connection.invoke('SetActivity', { operationId: randomUUID(), activity: 'available', reason: null });
  check(available.refusal === null, JSON.stringify(available.refusal));

  let task = await pushed;
  for (let n = 1; n <= tasksWanted; n++) {
    await connection.invoke('Shown', task.assignmentId);
    const project = forms.get(task.projectId);
    const answer = project.formType === 'rating'
      ? { ratings: Object.fromEntries(project.formSettings.dimensions.map(dimension => [dimension.name, dimension.max])) }
      : { choice: task.content.responses[0].key, strength: 1 };
    if (n === 1) {
      const draft = await connection.invoke('SaveDraft', { assignmentId: task.assignmentId, leaseEpoch: task.leaseEpoch, draft: answer, version: 1 });
      check(draft.refusal === null, JSON.stringify(draft.refusal));
      const wrong = await connection.invoke('Submit', { operationId: randomUUID(), assignmentId: task.assignmentId, leaseEpoch: task.leaseEpoch, answer: { choice: 'neither' }, activeMs: null });
      check(wrong.refusal.code === 'form_mismatch' && wrong.refusal.place && wrong.refusal.remedy, JSON.stringify(wrong));
    }
    const submit = { operationId: randomUUID(), assignmentId: task.assignmentId, leaseEpoch: task.leaseEpoch, answer, activeMs: 500 };
    const result = await connection.invoke('Submit', submit);
    check(result.refusal === null && result.replayed === false, JSON.stringify(result));
    check(result.next !== null, `no next task after ${n}`);
    if (n === 2) {
      const again = await connection.invoke('Submit', submit);
      check(again.replayed === true && again.next.assignmentId === result.next.assignmentId, JSON.stringify(again));
    }
    keep(result.reserved);
    task = result.next;
  }

  const beat = await connection.invoke('Heartbeat');
  const held = beat.leases.map(lease => lease.assignmentId);
  check(held.includes(task.assignmentId), `the task on the screen is not among ${JSON.stringify(beat)}`);
  check(held.every(id => id === task.assignmentId || sentAhead.has(id)), `a lease nobody told of: ${JSON.stringify(beat)}`);
  const returned = await connection.invoke('Return', { operationId: randomUUID(), assignmentId: task.assignmentId, leaseEpoch: task.leaseEpoch, reason: 'enough' });
  check(returned.refusal === null, JSON.stringify(returned));
  await connection.invoke('SetActivity', { operationId: randomUUID(), activity: 'break', reason: 'tea' });
  const last = await connection.invoke('Connect', null);
  check(last.activity === 'break' && last.answeredToday === tasksWanted, JSON.stringify(last));
  await connection.stop();
  console.log(`worked ${tasksWanted} tasks`);
}

main().then(() => process.exit(0), failure => { console.error(failure.message); process.exit(1); });
