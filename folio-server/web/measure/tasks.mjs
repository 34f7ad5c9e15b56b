/**
 * The tasks of the page's main thread while something is done: how long each took by the clock, and how long it
 * worked. On a machine with other work the clock counts that work too.
 */
export async function tasksOf(browser, page, work) {
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const main = new Set(
    traceEvents
      .filter(event => event.name === 'thread_name' && event.args.name === 'CrRendererMain')
      .map(event => `${event.pid} ${event.tid}`),
  );
  const tasks = traceEvents.filter(
    event => event.ph === 'X' && /RunTask$/.test(event.name) && main.has(`${event.pid} ${event.tid}`),
  );
  const longest = of => Math.max(0, ...tasks.map(task => (task[of] ?? 0) / 1000));
  return {
    count: tasks.length,
    longestByClock: longest('dur'),
    longestWork: longest('tdur'),
    over: tasks.filter(task => (task.tdur ?? task.dur) / 1000 > 50).length,
  };
}
