internal import RepositoryFormat
internal import RequestSigning
internal import SnapshotModel

/// Credentials as commands and metadata services write them: a JSON object.
struct CredentialsDocument {
    /// A field that is missing or of the wrong form.
    struct BadField: Error {
        let field: String
    }

    private(set) var version: UInt64?
    /// What a service says besides; `Success`, or a word for what went wrong.
    private(set) var code: String?
    private var accessKeyID: String?
    private var secretAccessKey: String?
    private var token: String?
    private var expiration: String?

    /// Reads an object; fields that are unknown or of another type are skipped.
    init?(_ bytes: [UInt8]) {
        let text = Self.withoutSpaces(bytes)
        let isComplete = text.withUnsafeBytes { bytes in
            var reader = JSONReader(bytes, structure: "credentials")
            do {
                try read(&reader)
                return true
            } catch {
                // What is wrong where could show a piece of a secret; that it is wrong suffices.
                return false
            }
        }
        if !isComplete { return nil }
    }

    /// The credentials in the document.
    func credentials() throws(BadField) -> Credentials {
        guard let accessKeyID, !accessKeyID.isEmpty else {
            throw BadField(field: "AccessKeyId")
        }
        guard let secretAccessKey, !secretAccessKey.isEmpty else {
            throw BadField(field: "SecretAccessKey")
        }
        var end: Int64?
        if let expiration, !expiration.isEmpty {
            end = Expiration.parse(expiration)
            if end == nil { throw BadField(field: "Expiration") }
        }
        return Credentials(
            accessKeyID: accessKeyID, secretAccessKey: Secret(secretAccessKey),
            sessionToken: token.flatMap { $0.isEmpty ? nil : Secret($0) }, expiration: end)
    }

    private mutating func read(_ reader: inout JSONReader) throws(FormatError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "Version":
                if reader.isAtString {
                    try reader.skipValue()
                } else {
                    version = try reader.unsigned()
                }
            case "Code": code = try Self.text(&reader)
            case "AccessKeyId": accessKeyID = try Self.text(&reader)
            case "SecretAccessKey": secretAccessKey = try Self.text(&reader)
            case "SessionToken", "Token": token = try Self.text(&reader)
            case "Expiration": expiration = try Self.text(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.expectEnd()
    }

    private static func text(_ reader: inout JSONReader) throws(FormatError) -> String? {
        if reader.isAtString { return try reader.string() }
        try reader.skipValue()
        return nil
    }

    /// The text without the white space between its parts: our own documents have none, so that
    /// their reader knows of none.
    private static func withoutSpaces(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                continue
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            }
            result.append(byte)
        }
        return result
    }
}

/// When credentials end, as texts say it.
enum Expiration {
    /// Reads `2026-11-24T02:10:34Z`, also with a fraction, or with an offset instead of `Z`.
    /// - Returns: seconds since 1970; `nil` for any other text.
    static func parse(_ text: String) -> Int64? {
        let moment = text.prefix(19)
        var rest = text.dropFirst(19)
        guard let time = CalendarTime.parse(iso8601: "\(moment)Z") else { return nil }
        if rest.hasPrefix(".") {
            rest.removeFirst()
            guard rest.first?.isNumber == true else { return nil }
            rest = rest.drop { $0.isNumber }
        }
        if rest == "Z" || rest == "z" { return time.seconds }
        guard let sign = rest.popFirst(), sign == "+" || sign == "-" else { return nil }
        let digits = rest.filter { $0 != ":" }
        guard digits.utf8.count == 4, let number = UInt16(digits), number < 2400, number % 100 < 60
        else { return nil }
        let offset = Int64(number / 100) * 3600 + Int64(number % 100) * 60
        return sign == "+" ? time.seconds - offset : time.seconds + offset
    }
}
