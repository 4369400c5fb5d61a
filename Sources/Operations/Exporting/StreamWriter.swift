import SnapshotModel
import TarFormat
import WorkerThreads

/// Writes segments in order, for one thread.
///
/// A file that is damaged is left out as long as its header is not written. Afterwards the stream
/// must hold as many bytes as the header says, so zeros stand in for what is missing.
final class StreamWriter {
    /// Zeros are written in pieces of this size.
    private static let zerosInBytes = 64 * 1024

    private let settings: ExportSettings
    private let results: ExportResults
    private let output: (UnsafeRawBufferPointer) throws -> Void
    private let zeros = [UInt8](repeating: 0, count: StreamWriter.zerosInBytes)
    private var writtenInBytes: UInt64 = 0
    /// How many bytes of the open file's data are written; `nil` when it is left out.
    private var fileBytes: UInt64?
    private var isFileDamaged = false
    /// Members that were left out.
    private var missing: Set<[UInt8]> = []

    /// - Parameter output: takes the bytes of the stream; an error of it ends the export.
    init(
        _ settings: ExportSettings, _ results: ExportResults,
        output: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) {
        self.settings = settings
        self.results = results
        self.output = output
    }

    func write(_ segment: ExportSegment, _ pipeline: ExportPipeline) throws {
        for part in segment.parts {
            try settings.cancellation.check()
            switch part {
            case .member(let member, let path): try write(member, path)
            case .file(let part): try write(part, of: segment, pipeline)
            }
        }
    }

    private func write(_ member: TarMember, _ path: [UInt8]) throws {
        if case .hardLink(let target) = member.kind, missing.contains(target) {
            results.damage(
                path, "is another name of \(DisplayText.escape(target)), which is damaged")
            return
        }
        try write(TarEncoder.header(of: member))
        count(member)
    }

    /// Ends the stream.
    func finish() throws { try write(TarEncoder.end(behind: writtenInBytes)) }

    private func write(
        _ part: ExportSegment.FilePart, of segment: ExportSegment, _ pipeline: ExportPipeline
    ) throws {
        let file = part.file
        if part.isFirst {
            isFileDamaged = false
            fileBytes = nil
            if let reason = try damage(part, of: segment, pipeline) {
                note(reason, file)
                missing.insert(file.member.path)
                return
            }
            try write(TarEncoder.header(of: file.member))
            fileBytes = 0
        }
        guard fileBytes != nil else { return }
        for piece in part.pieces {
            try settings.cancellation.check()
            switch piece {
            case .chunk(let number): try write(number, of: segment, file, pipeline)
            case .zeros(let count):
                try writeZeros(count)
                fileBytes? += count
            }
        }
        if part.isLast { try end(file) }
    }

    /// Why a file that begins with this part cannot be written, as far as that can be told.
    private func damage(
        _ part: ExportSegment.FilePart, of segment: ExportSegment, _ pipeline: ExportPipeline
    ) throws -> String? {
        for case .chunk(let number) in part.pieces {
            let outcome = try pipeline.outcome(number, of: segment)
            if case .damaged(let reason) = outcome { return reason }
        }
        return part.isLast ? part.file.damage : nil
    }

    private func write(
        _ number: Int, of segment: ExportSegment, _ file: ExportFile, _ pipeline: ExportPipeline
    ) throws {
        let chunk = segment.chunks[number]
        switch try pipeline.outcome(number, of: segment) {
        case .inBlock:
            guard case .plain(let bytes) = segment.blocks[chunk.block].state else {
                preconditionFailure("a chunk was verified in a block that is not there")
            }
            try bytes.withUnsafeBytes {
                try write(UnsafeRawBufferPointer(rebasing: $0[chunk.range]))
            }
        case .elsewhere(let bytes): try write(bytes)
        case .damaged(let reason):
            note(reason, file)
            try writeZeros(UInt64(chunk.range.count))
        }
        fileBytes? += UInt64(chunk.range.count)
    }

    private func end(_ file: ExportFile) throws {
        let size = file.member.dataInBytes
        let written = fileBytes ?? 0
        if written < size {
            note(file.damage ?? "it is shorter than it should be", file)
            try writeZeros(size - written)
        }
        try write(TarEncoder.padding(behind: size))
        count(file.member)
    }

    /// Reports a damaged file, once.
    private func note(_ reason: String, _ file: ExportFile) {
        if isFileDamaged { return }
        isFileDamaged = true
        let isInStream = fileBytes != nil
        results.damage(
            file.path, isInStream ? "\(reason); zeros stand in for what is missing" : reason)
    }

    private func count(_ member: TarMember) {
        results.add { counts in
            switch member.kind {
            case .file(let size):
                (counts.files, counts.bytes) = (counts.files + 1, counts.bytes + size)
            case .sparseFile(let map):
                (counts.files, counts.bytes) = (counts.files + 1, counts.bytes + map.sizeInBytes)
            case .directory: counts.directories += 1
            default: counts.others += 1
            }
        }
    }

    private func writeZeros(_ count: UInt64) throws {
        var rest = count
        while rest > 0 {
            try settings.cancellation.check()
            let length = Int(min(rest, UInt64(zeros.count)))
            try zeros.withUnsafeBytes {
                try write(UnsafeRawBufferPointer(rebasing: $0[..<length]))
            }
            rest -= UInt64(length)
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try write($0) }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        try output(bytes)
        writtenInBytes += UInt64(bytes.count)
    }
}
