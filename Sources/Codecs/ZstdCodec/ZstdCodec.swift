internal import CLibzstd

/// A failure of libzstd.
package struct ZstdError: Error, Equatable, CustomStringConvertible {
    /// The kinds of failure; new ones may be added.
    package struct Code: Hashable, Sendable {
        let name: String
        /// The frame is damaged, or no frame at all.
        package static let damaged = Code(name: "damaged")
        /// The frame's plain size is not the expected one.
        package static let wrongSize = Code(name: "wrong size")
        /// There is no memory for a context.
        package static let outOfMemory = Code(name: "out of memory")
    }

    /// What kind of failure.
    package let code: Code
    /// The library's words.
    package let reason: String

    package var description: String { "zstd: \(reason)" }

    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }
}

/// The levels of compression that `--compression` accepts.
package let zstdLevels = 1...19

/// Compresses blocks, each into one frame with its plain size and a checksum (RFC 8878).
package struct ZstdCompressor: ~Copyable {
    /// A sample is taken at so many places of a block, ...
    private static let sampleCount = 16
    /// ... with so many bytes at each.
    private static let sampleInBytes = 2 * 1024

    private let context: OpaquePointer
    private var scratch: [UInt8] = []
    private var samples: [UInt8] = []

    /// The level of the frames to come, one of `zstdLevels`.
    package var level: Int {
        didSet {
            if level != oldValue {
                ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, CInt(level))
            }
        }
    }

    /// A compressor for one thread at a time.
    package init(level: Int) throws(ZstdError) {
        guard let context = ZSTD_createCCtx() else {
            throw ZstdError(code: .outOfMemory, reason: "no memory for compressing")
        }
        self.context = context
        self.level = level
        // The parameters exist in every libzstd since 1.4 and the values are in range.
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, CInt(level))
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Compresses `plain` into one frame.
    /// - Returns: `nil` when the frame would not be smaller than `plain`.
    package mutating func compress(_ plain: UnsafeRawBufferPointer) -> [UInt8]? {
        if scratch.count < plain.count {
            scratch = [UInt8](repeating: 0, count: plain.count)
        }
        return scratch.withUnsafeMutableBytes { space -> [UInt8]? in
            // A target smaller than the plain bytes makes the library stop when it cannot gain.
            let size = ZSTD_compress2(
                context, space.baseAddress, max(1, plain.count) - 1, plain.baseAddress, plain.count)
            if ZSTD_isError(size) != 0 { return nil }
            return Array(space[0..<size])
        }
    }

    /// Has a quick look whether a stronger level than the first could gain anything: compresses
    /// some pieces at level 1.
    ///
    /// It takes about a fortieth of the time of level 6. What repeats only over long stretches
    /// does not show.
    /// - Returns: `false` when the pieces become smaller by less than 3 %; `true` for a block that
    ///   is hardly larger than the pieces.
    package mutating func promises(_ plain: UnsafeRawBufferPointer) -> Bool {
        let wanted = Self.sampleCount * Self.sampleInBytes
        guard plain.count >= 2 * wanted else { return true }
        samples.removeAll(keepingCapacity: true)
        let step = (plain.count - Self.sampleInBytes) / (Self.sampleCount - 1)
        for number in 0..<Self.sampleCount {
            let start = number * step
            samples.append(contentsOf: plain[start..<start + Self.sampleInBytes])
        }
        let wantedLevel = level
        level = 1
        defer { level = wantedLevel }
        let taken = samples
        guard let frame = taken.withUnsafeBytes({ compress($0) }) else { return false }
        return frame.count < wanted - wanted * 3 / 100
    }
}

/// Decompresses blocks.
package struct ZstdDecompressor: ~Copyable {
    private let context: OpaquePointer

    /// A decompressor for one thread at a time.
    /// - Parameter verifiesChecksums: whether the checksum of a frame is compared with its bytes;
    ///   `false` for whoever verifies them by their hash.
    package init(verifiesChecksums: Bool = true) throws(ZstdError) {
        guard let context = ZSTD_createDCtx() else {
            throw ZstdError(code: .outOfMemory, reason: "no memory for decompressing")
        }
        self.context = context
        // A library that does not know how verifies them, which takes time and no more.
        if !verifiesChecksums { _ = varve_zstd_ignore_checksums(context) }
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decompresses one frame whose plain size is known; never writes more than that.
    /// - Throws: `.damaged`, `.wrongSize`.
    package func decompress(
        _ frame: UnsafeRawBufferPointer, plainLength: Int
    ) throws(ZstdError) -> [UInt8] {
        var size = 0
        let plain = [UInt8](unsafeUninitializedCapacity: plainLength) { space, count in
            size = ZSTD_decompressDCtx(
                context, space.baseAddress, plainLength, frame.baseAddress, frame.count)
            count = ZSTD_isError(size) != 0 ? 0 : size
        }
        if ZSTD_isError(size) != 0 {
            throw ZstdError(code: .damaged, reason: String(cString: ZSTD_getErrorName(size)))
        }
        guard size == plainLength else {
            throw ZstdError(code: .wrongSize, reason: "\(size) bytes, expected \(plainLength)")
        }
        return plain
    }
}
