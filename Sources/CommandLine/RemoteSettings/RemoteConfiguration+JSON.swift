#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension RemoteConfiguration {
    private static let version = 1

    private struct Document: Codable {
        var version: Int
        var `default`: String?
        var remotes: [String: Remote]
    }

    /// The text of the file, for people too.
    var json: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let document = Document(
                version: Self.version, default: defaultRemote, remotes: remotes)
            return Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
        }
    }

    /// Reads the text of the file.
    /// - Parameter path: of the file, for messages.
    init(json bytes: [UInt8], _ path: [UInt8]) throws(RemoteConfigurationError) {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw RemoteConfigurationError(path, Self.explain(error))
        } catch {
            // The words of other errors may quote the file, secrets included.
            throw RemoteConfigurationError(path, "it is not JSON")
        }
        guard document.version == Self.version else {
            throw RemoteConfigurationError(
                path, "it is of version \(document.version)", remedy: "use a newer varve")
        }
        self.init()
        remotes = document.remotes
        defaultRemote = document.default
    }

    /// Where the file is wrong, without quoting what stands there.
    private static func explain(_ error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            context.codingPath.map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            let inside = place(context)
            return "\"\(key.stringValue)\" is missing" + (inside.isEmpty ? "" : " in \(inside)")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(place(context)) has another type"
        default: return "it is not JSON"
        }
    }
}
