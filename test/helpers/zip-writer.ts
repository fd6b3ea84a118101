/**
 * Writes small stored zip archives for tests; each record's header can be bent to lie.
 */
export interface ZipInput {
  readonly name: string
  readonly data: Uint8Array
  /** What the directory says where it should not tell the truth. */
  readonly lie?: {
    readonly method?: number
    readonly flags?: number
    readonly size?: number
    readonly localName?: string
  }
}

export function zipOf(records: readonly ZipInput[]): Uint8Array {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, data, lie = {} } of records) {
    const localName = Buffer.from(lie.localName ?? name)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt32LE(data.length, 18)
    local.writeUInt32LE(data.length, 22)
    local.writeUInt16LE(localName.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(lie.flags ?? 0, 8)
    entry.writeUInt16LE(lie.method ?? 0, 10)
    entry.writeUInt32LE(lie.size ?? data.length, 20)
    entry.writeUInt32LE(lie.size ?? data.length, 24)
    entry.writeUInt16LE(Buffer.byteLength(name), 28)
    entry.writeUInt32LE(offset, 42)
    directory.push(entry, Buffer.from(name))
    parts.push(local, localName, Buffer.from(data))
    offset += local.length + localName.length + data.length
  }
  const directoryBytes = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(records.length, 8)
  end.writeUInt16LE(records.length, 10)
  end.writeUInt32LE(directoryBytes.length, 12)
  end.writeUInt32LE(offset, 16)
  return new Uint8Array(Buffer.concat([...parts, directoryBytes, end]))
}
