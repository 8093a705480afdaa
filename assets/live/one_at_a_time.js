// Work that takes longer than the next request for it: the newest wins, and a failure is not the end.

/**
 * What asks for `work`: it is done at once, or once more when it is through, however often it was asked for
 * meanwhile. A failure is reported, and the next request works as any.
 * @param {() => Promise<void>} work
 */
export function oneAtATime(work) {
  let busy = false, wanted = false;
  async function go() {
    busy = true;
    while (wanted) {
      wanted = false;
      try {
        await work();
      } catch (failure) {
        reportError(failure);
      }
    }
    busy = false;
  }
  return () => {
    wanted = true;
    if (!busy) void go();
  };
}
