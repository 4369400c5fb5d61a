import SnapshotModel

/// Undoes percent-encoding.
enum PercentDecoding {
    /// The bytes that a text stands for; a percent sign without two digits stands for itself.
    /// - Parameter plusIsSpace: whether `+` stands for a space, as in encoded listings.
    static func bytes(of text: String, plusIsSpace: Bool = false) -> [UInt8] {
        let input = Array(text.utf8)
        var output: [UInt8] = []
        output.reserveCapacity(input.count)
        var position = 0
        while position < input.count {
            let byte = input[position]
            if byte == UInt8(ascii: "%"), position + 2 < input.count,
                let high = digit(input[position + 1]), let low = digit(input[position + 2])
            {
                output.append(high << 4 | low)
                position += 3
                continue
            }
            output.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            position += 1
        }
        return output
    }

    /// Both cases are in use. Setting bit 5 makes letters small and leaves digits alone.
    private static func digit(_ byte: UInt8) -> UInt8? {
        byte < UInt8(ascii: "0") ? nil : Hexadecimal.digit(byte | 0x20)
    }
}
