/// The head of an answer: the status and the fields, put together line by line.
package struct AnswerHead: Sendable {
    /// The most bytes that all lines of a head may have, interim answers and trailers included.
    /// Servers send some hundred; 256 KiB is twice what the largest of them can be told to send.
    package static let sizeLimitInBytes = 256 * 1024

    /// The status of the final answer; 0 as long as there is none.
    package private(set) var status = 0
    /// The fields so far.
    package private(set) var fields = HTTPFields()
    /// Whether the empty line behind the fields of a final answer has come.
    package private(set) var isComplete = false
    private var sizeInBytes = 0

    /// No line yet.
    package init() {}

    /// Takes the next line, with or without its end.
    /// - Returns: `false` once the lines have become too many.
    package mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
        sizeInBytes += line.count
        guard sizeInBytes <= Self.sizeLimitInBytes else { return false }
        // What comes behind the head are trailers, which nobody needs.
        if isComplete { return true }
        var end = line.count
        while end > 0, line[end - 1] == UInt8(ascii: "\n") || line[end - 1] == UInt8(ascii: "\r") {
            end -= 1
        }
        take(UnsafeRawBufferPointer(rebasing: line[0..<end]))
        return true
    }

    private mutating func take(_ line: UnsafeRawBufferPointer) {
        if line.isEmpty {
            isComplete = status >= 200
        } else if line.starts(with: "HTTP/".utf8) {
            // A second status line follows an interim answer, whose fields do not count.
            fields = HTTPFields()
            status = Self.status(in: line)
        } else if Self.isBlank(line[0]) {
            fields.extendLast(Self.text(line[...]))
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            fields.append(Self.text(line[..<colon]), Self.text(line[(colon + 1)...]))
        }
    }

    /// The three digits behind the version; 0 when there are none.
    private static func status(in line: UnsafeRawBufferPointer) -> Int {
        guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return 0 }
        let digits = line[(space + 1)...].prefix(3)
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    private static func text(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let start = bytes.drop(while: isBlank)
        // Blanks at the end are cut off as well.
        let end = start.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start.startIndex
        return String(decoding: start[..<end], as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }
}
