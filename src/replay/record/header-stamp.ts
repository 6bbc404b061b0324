/** Where a message with std_msgs/Header at its beginning has its stamp, behind the four bytes of the encapsulation. */
const STAMP_AT = 4;
const LITTLE_ENDIAN = 1;

/** True where a message of this definition begins with a std_msgs/Header. */
export function beginsWithHeader(definition: string): boolean {
  const first = definition
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .find((line) => line !== '' && !line.includes('='));
  return first !== undefined && /^(std_msgs\/)?Header\s+\w+$/.test(first);
}

/** The stamp of a header, ns; null where it was left empty or stands in the order of another machine. */
export function headerStamp_ns(message: Uint8Array): number | null {
  if (message.length < STAMP_AT + 8 || message[1] !== LITTLE_ENDIAN) return null;
  const view = new DataView(message.buffer, message.byteOffset + STAMP_AT, 8);
  const stamp_ns = view.getInt32(0, true) * 1e9 + view.getUint32(4, true);
  return stamp_ns === 0 ? null : stamp_ns;
}
