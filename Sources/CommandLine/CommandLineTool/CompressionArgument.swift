internal import ArgumentParser
import ChunkStorage
import RepositoryFormat
import ZstdCodec

/// The value of `--compression`.
struct CompressionArgument: ExpressibleByArgument {
    static let auto = CompressionArgument(setting: .auto)

    let setting: CompressionSetting

    private init(setting: CompressionSetting) { self.setting = setting }

    init?(argument: String) {
        switch argument {
        case "auto": self = .auto
        case "off": setting = .off
        default:
            guard let level = Int(argument), zstdLevels.contains(level) else { return nil }
            setting = .zstd(level: level)
        }
    }

    var defaultValueDescription: String { "auto" }
}

/// How a run has compressed, for people and programs.
struct CompressionText {
    private let summary: CompressionSummary

    init(_ summary: CompressionSummary) { self.summary = summary }

    /// `compression: levels 1 to 5, mostly 3; 1.2 MiB stored raw`; `nil` when nothing was stored.
    var line: String? {
        let levels = summary.bytesAtLevel.keys.sorted()
        let raw = HumanText.bytes(summary.rawBytes) + " stored raw"
        guard let first = levels.first, let last = levels.last, let usual = summary.usualLevel
        else { return summary.rawBytes > 0 ? "compression: none; \(raw)" : nil }
        let used =
            first == last ? "level \(first)" : "levels \(first) to \(last), mostly \(usual)"
        return "compression: " + used + (summary.rawBytes > 0 ? "; \(raw)" : "")
    }

    /// Appends an object.
    func append(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("levels")
        writer.beginArray()
        for (level, bytes) in summary.bytesAtLevel.sorted(by: { $0.key < $1.key }) {
            writer.beginObject()
            writer.key("level")
            writer.number(UInt64(level))
            writer.key("bytes")
            writer.number(bytes)
            writer.endObject()
        }
        writer.endArray()
        writer.key("rawBytes")
        writer.number(summary.rawBytes)
        writer.endObject()
    }
}
