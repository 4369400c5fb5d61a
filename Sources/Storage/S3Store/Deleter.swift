import Cryptography
import HTTPTransport
import ObjectStore
import SnapshotModel
import XMLCodec

/// Deletes objects, many with one request where the store allows it.
struct Deleter {
    /// S3 takes 1,000; one provider was seen to fail above 700.
    static let batch = 500

    let exchange: any S3Exchange
    let session: S3Session

    /// Deletes the objects of these whole keys; missing ones count as deleted.
    func delete(_ keys: [String], subject: String) throws(S3Failure) {
        var rest = keys[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(Self.batch))
            rest = rest.dropFirst(Self.batch)
            if batch.count == 1 || !session.facts.deletesMany {
                for key in batch { try deleteOne(key, subject) }
                continue
            }
            do {
                for key in try deleteMany(batch, subject) { try deleteOne(key, subject) }
            } catch  where Self.isUnknown(error) {
                session.learn { $0.deletesMany = false }
                for key in batch { try deleteOne(key, subject) }
            }
        }
    }

    /// Whether the server does not know the request.
    private static func isUnknown(_ failure: S3Failure) -> Bool {
        if failure.code == .unsupported { return true }
        let words = [
            "NotImplemented", "InvalidRequest", "InvalidArgument", "MalformedXML", "InvalidURI", "",
        ]
        return failure.status == 400 && words.contains(failure.word)
    }

    private func deleteOne(_ key: String, _ subject: String) throws(S3Failure) {
        do {
            _ = try exchange.perform(S3Call(.delete, .delete, key: key, subject: subject))
        } catch  where error.code == .notFound {
            return
        }
    }

    /// - Returns: the keys that the server reports as not deleted, to be tried one by one: the
    ///   answer to that says why.
    private func deleteMany(_ keys: [String], _ subject: String) throws(S3Failure) -> [String] {
        var call = S3Call(.delete, .post, subject: subject)
        call.query = [("delete", "")]
        let body = Self.document(keys)
        let (hash, md5) = body.withUnsafeBytes { (SHA256.digest(of: $0), MD5.contentMD5(of: $0)) }
        call.body = [body]
        call.payloadHash = hash.hexadecimal
        call.fields.append("content-type", "application/xml")
        // Demanded by some, taken by all; checksums of other kinds are not.
        call.fields.append("content-md5", md5)
        return try exchange.perform(call) { response throws(S3Failure) in
            try Self.failedKeys(response, keys)
        }
    }

    private static func failedKeys(
        _ response: HTTPResponse, _ keys: [String]
    ) throws(S3Failure) -> [String] {
        let root: XMLElement
        do {
            root = try response.document()
        } catch {
            throw .badAnswer("the answer to a DELETE of many is no XML: \(error)")
        }
        guard root.name == "DeleteResult" else {
            throw .badAnswer("the answer to a DELETE of many is a \"\(root.name.prefix(60))\"")
        }
        // Success is not told for each key by every server, failure is.
        let failed = root.all("Error").filter { $0.text("Code") != "NoSuchKey" }
        let named = Set(failed.compactMap { $0.text("Key") })
        let found = keys.filter(named.contains)
        // Without names, or with names of which nobody spoke, any of them may have failed.
        return Set(found).count < failed.count ? keys : found
    }

    private static func document(_ keys: [String]) -> [UInt8] {
        var text = "<Delete><Quiet>true</Quiet>"
        for key in keys { text += "<Object><Key>\(escape(key))</Key></Object>" }
        return Array("\(text)</Delete>".utf8)
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&apos;"
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
