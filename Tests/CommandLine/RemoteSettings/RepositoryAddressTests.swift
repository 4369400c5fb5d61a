import RemoteSettings
import RequestSigning
import S3Store
import Testing

/// Which settings win: options, then the remote, then the environment, then the profile.
struct RepositoryAddressTests {
    private func address(
        _ change: (inout StoreOptions) -> Void = { _ in }, environment: [String: String] = [:],
        remotes: [String: Remote] = [:], default name: String? = nil,
        profile: ProfileValues = ProfileValues()
    ) throws -> RepositoryAddress {
        var options = StoreOptions()
        change(&options)
        var configuration = RemoteConfiguration()
        configuration.remotes = remotes
        configuration.defaultRemote = name
        return try RepositoryAddress(
            options, environment: environment, configuration: configuration,
            profile: { _ in profile })
    }

    private func bucket(_ address: RepositoryAddress) throws -> BucketAddress {
        guard case .bucket(let bucket) = address else {
            throw AddressMismatch(description: "\(address) is no bucket")
        }
        return bucket
    }

    private struct AddressMismatch: Error, CustomStringConvertible { let description: String }

    private func remote(_ change: (inout Remote) -> Void = { _ in }) -> Remote {
        var remote = Remote(bucket: "remote-bucket")
        change(&remote)
        return remote
    }

    @Test func `without any name the embedded repository is meant`() throws {
        #expect(try address() == .embedded)
        #expect(try address(environment: ["VARVE_REPO": ""]) == .embedded)
        #expect(try address(remotes: ["work": remote()]) == .embedded)
    }

    @Test func `an option wins over the variable and that over the default remote`() throws {
        let remotes = ["work": remote { $0.rootPath = "w" }, "home": remote { $0.rootPath = "h" }]
        let environment = ["VARVE_REPO": "home"]
        let byDefault = try address(remotes: remotes, default: "work")
        #expect(try bucket(byDefault).settings.rootPath == "w")
        let byVariable = try address(environment: environment, remotes: remotes, default: "work")
        #expect(try bucket(byVariable).settings.rootPath == "h")
        let byOption = try address(
            { $0.repository = "./dir" }, environment: environment, remotes: remotes,
            default: "work")
        #expect(byOption == .directory("./dir"))
    }

    @Test func `a name that no remote has is a directory`() throws {
        #expect(try address { $0.repository = "work" } == .directory("work"))
        #expect(
            try address({ $0.repository = "./work" }, remotes: ["work": remote()])
                == .directory("./work"))
    }

    @Test func `a default remote that is gone is an error and no directory`() {
        #expect(throws: AddressError.self) { try address(default: "gone") }
    }

    @Test(arguments: ["s3:", "s3:/", "s3://", "s3:bucket", "s3:///root", "s3:https://host/b"])
    func `what only looks like an address of a bucket is refused`(_ text: String) {
        #expect(throws: AddressError.self) { try address { $0.repository = text } }
    }

    @Test func `an address has a bucket and perhaps a root path`() throws {
        let plain = try bucket(address { $0.repository = "s3://photos" })
        #expect(plain.settings.bucket == "photos")
        #expect(plain.settings.rootPath == "")
        #expect(plain.remote == nil)
        #expect(plain.credentials == .chain(profile: nil))
        let deep = try bucket(address { $0.repository = "s3://photos/a b/ü/" })
        #expect(deep.settings.rootPath == "a b/ü/")
    }

    @Test func `each setting is taken from the nearest place that has it`() throws {
        let environment = [
            "AWS_ENDPOINT_URL": "https://general.example", "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-2", "AWS_CA_BUNDLE": "/bundle.pem",
        ]
        var profile = ProfileValues()
        profile.endpoint = "https://profile.example"
        profile.region = "eu-west-3"
        profile.addressing = "virtual"
        let url: (inout StoreOptions) -> Void = { $0.repository = "s3://photos" }

        let lowest = try bucket(address(url, profile: profile)).settings
        #expect(lowest.endpoint == "https://profile.example")
        #expect(lowest.region == "eu-west-3")
        #expect(lowest.addressing == .virtual)

        let middle = try bucket(address(url, environment: environment, profile: profile))
        #expect(middle.settings.endpoint == "https://general.example")
        #expect(middle.settings.region == "eu-west-1")
        #expect(middle.authoritiesPath == "/bundle.pem")

        var more = environment
        more["AWS_ENDPOINT_URL_S3"] = "https://s3.example"
        more["AWS_REGION"] = ""
        let special = try bucket(address(url, environment: more, profile: profile)).settings
        #expect(special.endpoint == "https://s3.example")
        #expect(special.region == "eu-west-2")

        let remotes = [
            "work": remote {
                $0.endpoint = "https://remote.example"
                $0.region = "remote-1"
                $0.addressing = "path"
                $0.authoritiesPath = "/remote.pem"
            }
        ]
        let higher = try bucket(
            address(
                { $0.repository = "work" }, environment: more, remotes: remotes, profile: profile))
        #expect(higher.settings.endpoint == "https://remote.example")
        #expect(higher.settings.region == "remote-1")
        #expect(higher.settings.addressing == .path)
        #expect(higher.authoritiesPath == "/remote.pem")

        let highest = try bucket(
            address(
                {
                    $0.repository = "work"
                    $0.endpoint = "https://option.example"
                    $0.region = "option-1"
                    $0.addressing = "bound"
                    $0.authoritiesPath = "/option.pem"
                }, environment: more, remotes: remotes, profile: profile))
        #expect(highest.settings.endpoint == "https://option.example")
        #expect(highest.settings.region == "option-1")
        #expect(highest.settings.addressing == .bound)
        #expect(highest.authoritiesPath == "/option.pem")
    }

    @Test func `a region in the endpoint's name wins over one for everything`() throws {
        let environment = ["AWS_REGION": "us-west-2"]
        func region(_ endpoint: String) throws -> String {
            try bucket(
                address(
                    {
                        $0.repository = "s3://photos-1250000000"
                        $0.endpoint = endpoint
                    }, environment: environment)
            ).settings.region
        }
        let account = String(repeating: "0123456789abcdef", count: 2)
        #expect(try region("https://\(account).r2.cloudflarestorage.com") == "auto")
        #expect(try region("https://oss-cn-hangzhou.aliyuncs.com") == "cn-hangzhou")
        #expect(try region("https://cos.ap-guangzhou.myqcloud.com") == "ap-guangzhou")
        #expect(try region("https://s3.eu-central-1.amazonaws.com") == "eu-central-1")
        // A host that answers for every region says nothing.
        #expect(try region("https://s3.amazonaws.com") == "us-west-2")
        #expect(try region("http://127.0.0.1:9000") == "us-west-2")
    }

    @Test func `a remote's own keys come before the chain unless a profile is asked for`() throws {
        let work = remote {
            $0.accessKeyID = "ID"
            $0.secret = .value(Secret("hidden"))
            $0.profile = "files"
        }
        let remotes = ["work": work]
        let own = try bucket(address({ $0.repository = "work" }, remotes: remotes))
        #expect(own.credentials == .fields(work))
        let asked = try bucket(
            address(
                {
                    $0.repository = "work"
                    $0.profile = "other"
                }, remotes: remotes))
        #expect(asked.credentials == .chain(profile: "other"))
        let without = ["work": remote { $0.profile = "files" }]
        let files = try bucket(address({ $0.repository = "work" }, remotes: without))
        #expect(files.credentials == .chain(profile: "files"))
    }

    @Test func `unknown words for provider and addressing are refused with the known ones`() {
        let remotes = ["work": remote { $0.provider = "azure" }]
        #expect {
            try address({ $0.repository = "work" }, remotes: remotes)
        } throws: { error in
            (error as? AddressError)?.remedy.contains("r2") ?? false
        }
        #expect {
            try address {
                $0.repository = "s3://photos"
                $0.addressing = "host"
            }
        } throws: { error in
            (error as? AddressError)?.remedy.contains("bound") ?? false
        }
    }

    @Test func `a profile's word for addressing that only others know is passed over`() throws {
        var profile = ProfileValues()
        profile.addressing = "dualstack"
        let found = try bucket(address({ $0.repository = "s3://photos" }, profile: profile))
        #expect(found.settings.addressing == nil)
    }
}
