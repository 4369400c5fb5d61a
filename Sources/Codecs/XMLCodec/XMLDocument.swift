internal import CLibexpat

/// Reads small XML documents as a tree, through libexpat.
package enum XMLDocument {
    /// Elements within elements beyond this are refused; the answers of S3 have four levels.
    static let depthLimit = 32
    /// More elements than this are refused; a page of 5,000 objects has some 50,000.
    static let elementLimit = 1_000_000

    /// Reads a document.
    ///
    /// Document types, and with them entities of any kind, are refused: no server needs them, and
    /// they are how small documents become large ones.
    /// - Parameter bytes: the whole document, in UTF-8 or what its declaration says.
    /// - Returns: the outermost element.
    package static func parse(_ bytes: UnsafeRawBufferPointer) throws(XMLError) -> XMLElement {
        guard let parser = XML_ParserCreate(nil) else {
            throw XMLError(line: 0, column: 0, reason: "no memory for a parser")
        }
        defer { XML_ParserFree(parser) }
        let builder = TreeBuilder(parser)
        // The builder outlives the parser: it is used below.
        XML_SetUserData(parser, Unmanaged.passUnretained(builder).toOpaque())
        setHandlers(parser)
        let text = bytes.assumingMemoryBound(to: CChar.self).baseAddress
        let status = XML_Parse(parser, text, CInt(clamping: bytes.count), 1)
        guard status == XML_STATUS_OK, bytes.count <= Int(CInt.max), let root = builder.root else {
            let words = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) }
            throw XMLError(
                line: XML_GetCurrentLineNumber(parser), column: XML_GetCurrentColumnNumber(parser),
                reason: builder.refusal ?? words ?? "cannot be parsed")
        }
        return root
    }

    private static func setHandlers(_ parser: XML_Parser) {
        XML_SetElementHandler(
            parser,
            { context, name, _ in TreeBuilder.of(context)?.begin(name) },
            { context, _ in TreeBuilder.of(context)?.end() })
        XML_SetCharacterDataHandler(parser) { context, characters, count in
            TreeBuilder.of(context)?.append(characters, Int(count))
        }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            TreeBuilder.of(context)?.refuse("a document type is not allowed")
        }
    }
}

/// Puts the tree together, called by the parser.
private final class TreeBuilder {
    private(set) var root: XMLElement?
    private(set) var refusal: String?
    private var open: [XMLElement] = []
    private var text: [UInt8] = []
    private var count = 0
    private let parser: XML_Parser

    init(_ parser: XML_Parser) { self.parser = parser }

    static func of(_ context: UnsafeMutableRawPointer?) -> TreeBuilder? {
        context.map { Unmanaged<TreeBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    func refuse(_ reason: String) {
        refusal = reason
        XML_StopParser(parser, 0)
    }

    func begin(_ name: UnsafePointer<CChar>?) {
        count += 1
        guard let name, count <= XMLDocument.elementLimit, open.count < XMLDocument.depthLimit
        else { return refuse("too many elements") }
        takeText()
        let whole = String(cString: name)
        let local = whole.split(separator: ":", omittingEmptySubsequences: false).last
        open.append(XMLElement(name: local.map(String.init) ?? whole))
    }

    func end() {
        takeText()
        // The parser has checked that begins and ends belong together.
        guard let element = open.popLast() else { return refuse("an end without a beginning") }
        if open.isEmpty { root = element } else { open[open.count - 1].children.append(element) }
    }

    func append(_ characters: UnsafePointer<CChar>?, _ count: Int) {
        text += UnsafeRawBufferPointer(start: characters, count: count)
    }

    private func takeText() {
        if text.isEmpty { return }
        if !open.isEmpty { open[open.count - 1].text += String(decoding: text, as: UTF8.self) }
        text.removeAll(keepingCapacity: true)
    }
}
