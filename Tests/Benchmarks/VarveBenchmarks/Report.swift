import Foundation
import RepositoryFormat

/// Prints measurements, each as soon as it is there.
struct Report {
    /// Whether to print one JSON object a line instead of a table.
    let isJSON: Bool

    private static let nameWidth = 38
    private static let numberWidth = 14

    /// Prints the head of the table.
    func begin() {
        if isJSON { return }
        let columns = ["median", "best", "median pass", "passes"]
        write(
            Self.padded("benchmark", Self.nameWidth)
                + columns.map { Self.aligned($0, Self.numberWidth) }.joined())
    }

    /// Prints one line.
    func show(_ measurement: Measurement) {
        if isJSON {
            write(Self.json(measurement))
            return
        }
        let columns = [
            Self.rate(measurement.throughput(measurement.median), measurement.unit),
            Self.rate(measurement.throughput(measurement.best), measurement.unit),
            Self.time(measurement.median), "\(measurement.nanoseconds.count)",
        ]
        write(
            Self.padded(measurement.name, Self.nameWidth)
                + columns.map { Self.aligned($0, Self.numberWidth) }.joined())
    }

    /// Prints a warning to standard error.
    static func warn(_ text: String) {
        FileHandle.standardError.write(Data("warning: \(text)\n".utf8))
    }

    private func write(_ line: String) {
        // Not `print`: whoever reads a pipe wants each line when it is there.
        FileHandle.standardOutput.write(Data((line + "\n").utf8))
    }

    private static func json(_ measurement: Measurement) -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("event")
        writer.plain("benchmark")
        writer.key("name")
        writer.string(measurement.name)
        writer.key("unit")
        writer.string(measurement.unit.rawValue)
        writer.key("amount")
        writer.number(UInt64(measurement.amount))
        writer.key("passes")
        writer.number(UInt64(measurement.nanoseconds.count))
        writer.key("medianNanoseconds")
        writer.number(measurement.median)
        writer.key("bestNanoseconds")
        writer.number(measurement.best)
        writer.key("medianPerSecond")
        writer.number(measurement.throughput(measurement.median))
        writer.key("bestPerSecond")
        writer.number(measurement.throughput(measurement.best))
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// `1234.5 MB/s`, `7.89 M/s`: decimal units, as disks and networks are rated.
    private static func rate(_ perSecond: UInt64, _ unit: WorkUnit) -> String {
        switch unit {
        case .bytes: "\(fixed(Double(perSecond) / 1e6, digits: 1)) MB/s"
        case .operations where perSecond >= 1_000_000:
            "\(fixed(Double(perSecond) / 1e6, digits: 2)) M/s"
        case .operations where perSecond >= 10_000:
            "\(fixed(Double(perSecond) / 1e3, digits: 1)) k/s"
        case .operations: "\(perSecond) /s"
        }
    }

    private static func time(_ nanoseconds: UInt64) -> String {
        "\(fixed(Double(nanoseconds) / 1e6, digits: 3)) ms"
    }

    private static func fixed(_ value: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func aligned(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}
