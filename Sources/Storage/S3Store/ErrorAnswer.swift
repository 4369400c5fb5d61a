package import HTTPTransport
package import RequestSigning
import XMLCodec

/// What an answer that is no success tells.
package struct ErrorAnswer: Sendable {
    /// The status.
    package let status: Int
    /// The server's word, such as `NoSuchKey`; empty where the answer has none.
    package let word: String
    /// The server's explanation; empty where there is none.
    package let message: String
    /// The region that the bucket is in, where the answer tells.
    package let region: String?
    /// The host to use, where the answer tells; for people only.
    package let endpoint: String?
    /// OSS's own finer code.
    package let detail: String?
    /// The server's clock, in seconds since 1970.
    package let serverTime: Int64?
    /// How long to wait, in milliseconds.
    package let delayInMilliseconds: Int?

    private static let textLimit = 300

    /// Reads an answer; anything may be in it.
    /// - Parameters:
    ///   - status: to be taken for the answer's own.
    ///   - secret: what was sent along and must not be shown, should the server echo it.
    package init(_ response: HTTPResponse, status: Int? = nil, hiding secret: Secret? = nil) {
        let root = try? response.document()
        let error = root?.name == "Error" ? root : nil
        let fields = response.fields
        let clean = { (text: String?) in Self.clean(text ?? "", hiding: secret) }
        self.status = status ?? response.status
        word = clean(
            error?.text("Code") ?? fields["x-minio-error-code"] ?? fields["x-amz-error-code"])
        message = clean(error?.text("Message"))
        region = [fields["x-amz-bucket-region"], error?.text("Region")].compactMap(\.self)
            .first(where: S3Region.isValid)
        endpoint = error?.text("Endpoint").map(clean)
        detail = (fields["x-oss-ec"] ?? error?.text("EC")).map(clean)
        serverTime = fields["date"].flatMap(HTTPDate.parse)
        delayInMilliseconds = Self.delay(fields)
    }

    /// The answer in one line, for people. Without what the server says of the signature: some
    /// echo the whole request.
    package var summary: String {
        var text = "HTTP \(status)"
        if !word.isEmpty { text += " \(word)" }
        if let detail, !detail.isEmpty { text += " (EC \(detail))" }
        if !message.isEmpty { text += ": \(message)" }
        if let endpoint, !endpoint.isEmpty { text += " [endpoint \(endpoint)]" }
        return text
    }

    private static func delay(_ fields: HTTPFields) -> Int? {
        // AWS counts milliseconds, everybody else seconds.
        if let text = fields["x-amz-retry-after"], let number = Int(text), number >= 0 {
            return number
        }
        guard let text = fields["retry-after"], let number = Int(text), number >= 0 else {
            return nil
        }
        return min(number, 3600) * 1000
    }

    /// Text of a server goes to terminals: one line of plain characters, not too long.
    private static func clean(_ text: String, hiding secret: Secret?) -> String {
        var text = text
        if let secret, !secret.revealed.isEmpty {
            text = text.replacing(secret.revealed, with: secret.description)
        }
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
                ? " " : scalar
        }
        let words = scalars.split(separator: " ").joined(separator: [" "]).prefix(textLimit)
        return String(String.UnicodeScalarView(words))
    }
}
