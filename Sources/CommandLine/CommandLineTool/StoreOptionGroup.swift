internal import ArgumentParser
import RemoteSettings

/// Options of every command that say how to reach a bucket; they win over the remote's settings.
struct StoreOptionGroup: ParsableArguments {
    @Option(help: "The host of the S3 service, such as https://s3.eu-central-1.amazonaws.com.")
    var endpoint: String?

    @Option(help: "The bucket's region; seen by the endpoint's name where it can be.")
    var region: String?

    @Option(help: "Where the bucket's name goes: auto, path, virtual (in the host) or bound.")
    var addressing: String?

    @Option(help: "The profile of AWS's files to take keys and settings from.")
    var profile: String?

    @Option(help: "A file (PEM) of the certificate authorities to trust instead of the system's.")
    var caFile: String?

    @Option(help: "The storage class of packs, such as STANDARD_IA.")
    var storageClass: String?

    @Option(help: "What to ask the service to encrypt with, such as AES256.")
    var serverSideEncryption: String?

    @Option(help: "The most requests under way at a time.")
    var connections: Int?

    @Option(help: "The most bytes a second to send, such as 2MiB.")
    var limitUpload: String?

    @Option(help: "The most bytes a second to fetch, such as 10MiB.")
    var limitDownload: String?

    static let connectionRange = 1...256

    func options(repository: String?) -> StoreOptions {
        var options = StoreOptions()
        options.repository = repository
        options.endpoint = endpoint
        options.region = region
        options.addressing = addressing
        options.profile = profile
        options.authoritiesPath = caFile
        options.storageClass = storageClass
        options.serverSideEncryption = serverSideEncryption
        return options
    }

    /// The limit that an option gives, in bytes a second.
    static func rate(_ text: String?, _ name: String) throws -> Int? {
        guard let text else { return nil }
        guard let rate = HumanText.parse(bytes: text), rate >= 1024, rate < 1 << 50 else {
            throw Failure(
                usage: "\"\(text)\" is no rate for \(name): at least 1KiB a second",
                remedy: "\(name) 2MiB")
        }
        return Int(rate)
    }

    mutating func validate() throws {
        if let connections, !Self.connectionRange.contains(connections) {
            throw ValidationError(
                "--connections is a number from \(Self.connectionRange.lowerBound) to"
                    + " \(Self.connectionRange.upperBound)")
        }
    }
}
