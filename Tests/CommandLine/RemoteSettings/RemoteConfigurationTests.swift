import FileHandles
import RemoteSettings
import RequestSigning
import TestSupport
import Testing

/// The configuration file: what is written comes back, nobody else can read it, and nothing in it
/// is shown.
struct RemoteConfigurationTests {
    private let folder: TemporaryDirectory
    private let deep: DiskPath
    private let file: DiskPath

    init() throws {
        folder = try TemporaryDirectory()
        deep = DiskPath(folder.path).appending("deep")
        file = deep.appending("config.json")
    }

    private func full() -> RemoteConfiguration {
        var remote = Remote(bucket: "bucket")
        remote.provider = "minio"
        remote.endpoint = "http://127.0.0.1:9000"
        remote.region = "us-east-1"
        remote.rootPath = "a b/ü\"\\"
        remote.accessKeyID = "ID"
        remote.secret = .value(Secret("marker-secret"))
        remote.sessionToken = Secret("marker-token")
        remote.profile = "p"
        remote.addressing = "path"
        remote.storageClass = "STANDARD_IA"
        remote.serverSideEncryption = "AES256"
        remote.authoritiesPath = "/ca.pem"
        var byFile = Remote(bucket: "second")
        byFile.secret = .file(path: "/run/secret")
        var byCommand = Remote(bucket: "third")
        byCommand.secret = .command("pass show s3")
        var configuration = RemoteConfiguration()
        configuration.remotes = ["one": remote, "two": byFile, "three": byCommand]
        configuration.defaultRemote = "two"
        return configuration
    }

    @Test func `what is saved is loaded`() throws {
        try full().save(file.bytes)
        #expect(try RemoteConfiguration.load(file.bytes) == full())
        var changed = full()
        changed.remotes["one"] = nil
        changed.defaultRemote = nil
        try changed.save(file.bytes)
        #expect(try RemoteConfiguration.load(file.bytes) == changed)
    }

    @Test func `a missing file has no remotes`() throws {
        #expect(try RemoteConfiguration.load(file.bytes) == RemoteConfiguration())
    }

    @Test func `nobody else can read the file or enter its folder`() throws {
        try full().save(file.bytes)
        #expect(try file.status().permissions == 0o600)
        #expect(try deep.status().permissions == 0o700)
    }

    @Test(arguments: [0o644, 0o640, 0o604] as [UInt16])
    func `secrets that others may read are not used`(_ mode: UInt16) throws {
        try full().save(file.bytes)
        try file.setPermissions(mode)
        let error = try #require(throws: RemoteConfigurationError.self) {
            try RemoteConfiguration.load(file.bytes)
        }
        #expect(error.remedy.hasPrefix("chmod 600 "))
    }

    @Test func `without secrets others may read the file`() throws {
        var configuration = full()
        configuration.remotes["one"] = nil
        try configuration.save(file.bytes)
        try file.setPermissions(0o644)
        #expect(try RemoteConfiguration.load(file.bytes) == configuration)
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"version":1}"#, #"{"version":"1","remotes":{}}"#,
        #"{"version":2,"remotes":{}}"#, #"{"version":1,"remotes":{"a":{}}}"#,
        #"{"version":1,"remotes":{"a":{"bucket":7,"secretAccessKey":"marker-secret"}}}"#,
        #"{"version":1,"remotes":{"a":{"bucket":"b","secretAccessKey":"marker-secret"}}"#,
        #"{"version":1,"remotes":{"a":{"bucket":"b","secretAccessKey":["marker-secret"]}}}"#,
    ])
    func `a file that is wrong is named and never quoted`(_ text: String) throws {
        try deep.makeDirectory()
        try file.write(Array(text.utf8))
        try file.setPermissions(0o600)
        let error = try #require(throws: RemoteConfigurationError.self) {
            try RemoteConfiguration.load(file.bytes)
        }
        #expect(!"\(error) \(error.remedy)".contains("marker"))
        #expect("\(error)".contains("config.json"))
    }

    @Test func `members of later versions do not matter`() throws {
        try deep.makeDirectory()
        try file.write(
            Array(#"{"version":1,"new":[1],"remotes":{"a":{"bucket":"b","newer":{}}}}"#.utf8))
        #expect(try RemoteConfiguration.load(file.bytes).remotes["a"] == Remote(bucket: "b"))
    }

    @Test func `no description shows a secret`() throws {
        let configuration = full()
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("marker"))
        }
    }

    @Test func `a folder that cannot be made is named`() throws {
        try deep.write([])
        let error = try #require(throws: RemoteConfigurationError.self) {
            try full().save(file.bytes)
        }
        #expect("\(error)".contains("cannot write"))
    }

    @Test func `names that could be paths or options are none`() {
        for name in ["work", "a", "A-1_b.c", String(repeating: "a", count: 64)] {
            #expect(Remote.isValid(name: name), "\(name)")
        }
        for name in [
            "", ".", "..", ".a", "-a", "a/b", "/a", "a b", "s3:", "ü", "a\n",
            String(repeating: "a", count: 65),
        ] {
            #expect(!Remote.isValid(name: name), "\(name)")
        }
    }
}
