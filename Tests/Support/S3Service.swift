/// The S3 services that tests meet: real servers, and providers that the stand-in plays.
package enum S3Service: Hashable, Sendable, CustomStringConvertible {
    /// A provider, played by the stand-in.
    case standIn(StandIn.Personality)
    /// A real server.
    case real(StorageServer.Kind)

    /// All providers that the stand-in plays.
    package static let standIns = StandIn.Personality.allCases.map(S3Service.standIn)
    /// The real servers of this run.
    package static let real = StorageServer.Kind.tested.map(S3Service.real)
    /// All services of this run.
    package static let tested = real + standIns

    package var description: String {
        switch self {
        case .standIn(let personality): "stand-in \(personality.rawValue)"
        case .real(let kind): kind.rawValue
        }
    }

    /// The endpoint that users of the provider give; `nil` for a server's own address.
    package var providerEndpoint: String? {
        guard case .standIn(let personality) = self else { return nil }
        return switch personality {
        case .aws: "https://s3.us-east-1.amazonaws.com"
        case .r2: "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com"
        case .oss: "https://oss-cn-hangzhou.aliyuncs.com"
        case .cos: "https://cos.ap-guangzhou.myqcloud.com"
        case .b2: "https://s3.us-west-004.backblazeb2.com"
        case .gcs: "https://storage.googleapis.com"
        case .minio, .brokenList: nil
        }
    }

    /// Where the bucket's name stands in its requests: in `path`, or `virtual` in the host.
    package var usesBucketHosts: Bool {
        [.standIn(.aws), .standIn(.oss), .standIn(.cos)].contains(self)
    }

    /// What the service makes of an order to write only where there is nothing.
    package enum ConditionalWrites: String, Sendable {
        /// It is followed.
        case honoured
        /// It does nothing.
        case ignored
        /// The write fails.
        case refused
        /// The client knows no such order for the provider.
        case notOffered
    }

    /// What the service makes of conditions of writes.
    package var conditionalWrites: ConditionalWrites {
        switch self {
        case .standIn(.b2): .notOffered
        case .standIn, .real(.seaweedfs), .real(.radosgw), .real(.radosgwOnDisk): .honoured
        case .real(.minio), .real(.rclone): .ignored
        case .real(.swift): .refused
        }
    }

    /// Whether one request can delete several objects.
    package var deletesMany: Bool { self != .standIn(.gcs) }

    /// Whether listings go by tokens (version 2) to their end.
    package var listsByTokens: Bool { self != .standIn(.brokenList) }

    /// The status of the answer to a range.
    package var rangeStatus: Int { self == .real(.rclone) ? 200 : 206 }

    /// Whether readers of an object that is replaced see its old or its new state. Some servers
    /// show the new bytes cut to the old size, or nothing, for a moment; nothing that varve writes
    /// is ever replaced by anything else.
    package var replacesAtomically: Bool {
        ![.real(.minio), .real(.rclone), .real(.swift)].contains(self)
    }

    /// Whether packs can go to the class STANDARD_IA.
    package var hasInfrequentClass: Bool {
        let without: [S3Service] = [
            .real(.radosgw), .real(.radosgwOnDisk), .real(.minio), .real(.swift),
            .standIn(.minio), .standIn(.b2), .standIn(.gcs), .standIn(.brokenList),
        ]
        return !without.contains(self)
    }

    /// Whether `x-amz-server-side-encryption: AES256` is taken.
    package var encryptsOnDemand: Bool {
        let with: [S3Service] = [
            .real(.seaweedfs), .real(.rclone), .standIn(.aws), .standIn(.cos), .standIn(.b2),
        ]
        return with.contains(self)
    }
}
