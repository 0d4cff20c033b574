/** Bodies between page and vault go by transfer where the browser can, and chunk by chunk where it can't (WebKit). */

let transferable: boolean | undefined;

/** Whether this browser can transfer a stream. Tried once. */
export function canTransferStreams(): boolean {
  if (transferable === undefined) {
    try {
      const stream = new ReadableStream();
      structuredClone(stream, { transfer: [stream as unknown as Transferable] });
      transferable = true;
    } catch {
      transferable = false;
    }
  }
  return transferable;
}
