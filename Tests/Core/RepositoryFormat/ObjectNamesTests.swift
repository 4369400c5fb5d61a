import RepositoryFormat
import SnapshotModel
import TestSupport
import Testing

struct ObjectNamesTests {
    @Test(arguments: seeds(count: 8))
    func namesGiveTheirIdentifiersBack(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let pack = PackID(generator.digest())
        let table = TableID(generator.digest())
        let snapshot = SnapshotID(using: &generator)
        let time = generator.calendarTimestamp()
        #expect(ObjectNames.packID(ObjectNames.pack(pack)) == pack)
        #expect(ObjectNames.tableID(ObjectNames.table(table)) == table)
        #expect(ObjectNames.snapshotID(ObjectNames.manifest(snapshot, time: time)) == snapshot)
        #expect(ObjectNames.forgottenID(ObjectNames.forgotten(snapshot, time: time)) == snapshot)
    }

    @Test(arguments: seeds(count: 8))
    func aForgottenManifestKeepsItsNameInAnotherFolder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let snapshot = SnapshotID(using: &generator)
        let time = generator.calendarTimestamp()
        let (name, copy) = (
            ObjectNames.manifest(snapshot, time: time), ObjectNames.forgotten(snapshot, time: time)
        )
        #expect(copy == "forgotten/" + name.dropFirst("snapshots/".count))
        #expect(ObjectNames.snapshotID(copy) == nil)
        #expect(ObjectNames.forgottenID(name) == nil)
    }

    @Test func namesAreWhereTheFormatPutsThem() {
        let digits = "3f" + String(repeating: "0", count: 62)
        let id = SnapshotID(RandomBits(high: 0x3F, low: 1))
        let time = Timestamp(seconds: 1_795_463_701, nanoseconds: 5)
        #expect(ObjectNames.description == "varve.json")
        #expect(ObjectNames.pack(PackID(hexadecimal: digits)!) == "packs/3f/\(digits)")
        #expect(ObjectNames.table(TableID(hexadecimal: digits)!) == "indexes/\(digits)")
        #expect(
            ObjectNames.manifest(id, time: time)
                == "snapshots/20261123T195501Z-000000000000003f0000000000000001.json")
    }

    @Test(arguments: seeds(count: 4))
    func namesUseOnlyCharactersThatEveryStoreAllows(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = [
            ObjectNames.pack(PackID(generator.digest())),
            ObjectNames.table(TableID(generator.digest())),
            ObjectNames.manifest(
                SnapshotID(using: &generator), time: generator.calendarTimestamp()),
            ObjectNames.forgotten(
                SnapshotID(using: &generator), time: generator.calendarTimestamp()),
        ]
        let allowed = Set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./_-")
        #expect(names.allSatisfy { $0.allSatisfy(allowed.contains) })
    }

    @Test func manifestsSortByTime() {
        var generator = SeededGenerator(seed: 1)
        let times = (0..<50).map { _ in generator.calendarTimestamp() }.sorted()
        let names = times.map { ObjectNames.manifest(SnapshotID(using: &generator), time: $0) }
        #expect(names == names.sorted())
    }

    private static let digits = "3f" + String(repeating: "0", count: 62)

    @Test(arguments: [
        "", digits, "packs/", "packs/3f/", "packs/\(digits)", "packs/3e/\(digits)",
        "packs/3f/\(digits)0", "packs/3F/\(digits)", "packs/3f/\(digits.uppercased())",
        "packs/3f/\(digits.dropLast())", "packs/3f/3f/\(digits)", "/packs/3f/\(digits)",
        "a/packs/3f/\(digits)", "packs/3f/\(digits).tmp", "packs//\(digits)", "indexes/\(digits)",
    ])
    func whatIsNoPacksNameNamesNone(name: String) {
        #expect(ObjectNames.packID(name) == nil)
    }

    @Test(arguments: [
        "", digits, "indexes/", "indexes/\(digits)0", "indexes/\(digits.dropLast())",
        "indexes/\(digits.uppercased())", "indexes/3f/\(digits)", "/indexes/\(digits)",
        "indexes/session.\(digits)", "indexes/condemned.\(digits)", "packs/3f/\(digits)",
    ])
    func whatIsNoTablesNameNamesNone(name: String) {
        #expect(ObjectNames.tableID(name) == nil)
    }

    private static let id = "000000000000003f0000000000000001"

    @Test(arguments: [
        "", id, "snapshots/", "snapshots/\(id).json", "snapshots/-\(id).json",
        "snapshots/20261123T195501Z-\(id)", "snapshots/20261123T195501Z-\(id).json.tmp",
        "snapshots/20261123T195501Z-\(id).JSON", "snapshots/20261123T195501Z\(id).json",
        "snapshots/20261123T195501Z-\(id)0.json",
        "snapshots/20261123T195501Z-\(id.dropLast()).json",
        "snapshots/20261123T195501Z-\(id.uppercased()).json",
        "snapshots/a/20261123T195501Z-\(id).json", "snapshots/20261123-\(id).json",
        "snapshots/20261123t195501z-\(id).json", "snapshots/2026112XT195501Z-\(id).json",
        "snapshots/x-\(id).json", "a/snapshots/20261123T195501Z-\(id).json",
        "forgotten/20261123T195501Z-\(id).json", "/snapshots/20261123T195501Z-\(id).json",
    ])
    func whatIsNoManifestsNameNamesNone(name: String) {
        #expect(ObjectNames.snapshotID(name) == nil)
    }
}
