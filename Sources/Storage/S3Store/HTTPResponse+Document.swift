import HTTPTransport
import XMLCodec

extension HTTPResponse {
    /// The body as XML.
    func document() throws(XMLError) -> XMLElement {
        // Some servers send spaces to keep the connection while they work, and then the document.
        let spaces: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        return try withExtendedLifetime(body) { () throws(XMLError) in
            let start = body.bytes.firstIndex { !spaces.contains($0) } ?? body.bytes.endIndex
            return try XMLDocument.parse(UnsafeRawBufferPointer(rebasing: body.bytes[start...]))
        }
    }
}
