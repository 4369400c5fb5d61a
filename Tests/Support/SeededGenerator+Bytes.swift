extension SeededGenerator {
    /// Bytes without any pattern: the little-endian words of the generator, one behind the other.
    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// Lines of words from a small vocabulary: compresses as prose and source text do.
    package mutating func text(_ count: Int) -> [UInt8] {
        let words = ["layer", "silt", "lake", "spring", "melt", "varve", "core", "year", "\n", "-"]
        var bytes: [UInt8] = []
        while bytes.count < count {
            bytes.append(contentsOf: pick(words).utf8)
            bytes.append(UInt8(ascii: " "))
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// What files are like: stretches without pattern, of text, of zeros, and repeated ones.
    package mutating func mixedBytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let length = number(in: 1...max(1, count / 4))
            switch number(in: 0...3) {
            case 0: bytes.append(contentsOf: self.bytes(length))
            case 1: bytes.append(contentsOf: text(length))
            case 2: bytes.append(contentsOf: repeatElement(0, count: length))
            default: bytes.append(contentsOf: Array(bytes.suffix(length)))
            }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// The bytes with one to four small damages: what a decoder must survive.
    package mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var result = bytes
        for _ in 0..<number(in: 1...4) { damage(&result) }
        return result
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        if bytes.isEmpty { bytes = self.bytes(8) }
        let position = number(in: 0...bytes.count - 1)
        let end = min(bytes.count, position + number(in: 1...16))
        switch number(in: 0...7) {
        case 0: bytes[position] ^= 1 << UInt8(number(in: 0...7))
        case 1: bytes[position] = pick([0x00, 0x01, 0x7F, 0x80, 0xFF])
        case 2: bytes[position] = pick(Array("\"\\{}[],:0123456789-e\n".utf8))
        case 3: for index in position..<end { bytes[index] = 0xFF }
        case 4: bytes.removeSubrange(position..<end)
        case 5: bytes.insert(contentsOf: Array(bytes[position..<end]), at: position)
        case 6: bytes.insert(contentsOf: self.bytes(number(in: 1...8)), at: position)
        default: bytes.removeLast(bytes.count - position)
        }
    }
}
