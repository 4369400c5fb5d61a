internal import CLibcurl

/// A function of libcurl that failed.
struct CurlFailure: Error {
    let code: CURLcode
    let cause: String

    init(code: CURLcode) {
        self.init(code: code, cause: String(cString: curl_easy_strerror(code)))
    }

    init(code: CURLcode, cause: String) {
        self.code = code
        self.cause = cause
    }
}

/// The owner of libcurl's handle for one transfer at a time.
///
/// For one thread at a time. It is made once and used for many transfers: the sessions of TLS that
/// it remembers make handshakes short.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer

    init() throws(CurlFailure) {
        guard let raw = curl_easy_init() else { throw CurlFailure(code: CURLE_OUT_OF_MEMORY) }
        self.raw = raw
    }

    deinit { curl_easy_cleanup(raw) }

    /// Sets all options back.
    func reset() { curl_easy_reset(raw) }

    func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try check(varve_easy_set_long(raw, option, value))
    }

    func set(_ option: CURLoption, sizeInBytes: Int) throws(CurlFailure) {
        try check(varve_easy_set_offset(raw, option, curl_off_t(sizeInBytes)))
    }

    /// Sets a text, which libcurl copies; `nil` takes away what would be the default.
    func set(_ option: CURLoption, text: String?) throws(CurlFailure) {
        try check(varve_easy_set_text(raw, option, text))
    }

    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) throws(CurlFailure) {
        try check(varve_easy_set_pointer(raw, option, pointer))
    }

    func set(_ option: CURLoption, list: borrowing HeaderList) throws(CurlFailure) {
        try check(varve_easy_set_list(raw, option, list.first))
    }

    func set(_ option: CURLoption, writer: curl_write_callback) throws(CurlFailure) {
        try check(varve_easy_set_writer(raw, option, writer))
    }

    func set(reader: curl_read_callback, seeker: curl_seek_callback) throws(CurlFailure) {
        try check(varve_easy_set_reader(raw, reader))
        try check(varve_easy_set_seeker(raw, seeker))
    }

    /// Says in which directions nothing is to move; moving again may call back at once.
    func pause(receiving: Bool, sending: Bool) throws(CurlFailure) {
        let mask = (receiving ? CURLPAUSE_RECV : 0) | (sending ? CURLPAUSE_SEND : 0)
        try check(curl_easy_pause(raw, CInt(mask)))
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        // Asking can fail for an unknown number only; it is not known then.
        return varve_easy_get_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    /// A size, or a time in microseconds.
    func offset(_ info: CURLINFO) -> Int64 {
        var value: curl_off_t = 0
        return varve_easy_get_offset(raw, info, &value) == CURLE_OK ? Int64(value) : 0
    }

    func text(_ info: CURLINFO) -> String {
        var value: UnsafePointer<CChar>?
        guard varve_easy_get_text(raw, info, &value) == CURLE_OK, let value else { return "" }
        return String(cString: value)
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code == CURLE_OK else { throw CurlFailure(code: code) }
    }
}

/// The owner of a list of header lines in the form of libcurl.
struct HeaderList: ~Copyable {
    private(set) var first: UnsafeMutablePointer<curl_slist>?

    deinit { curl_slist_free_all(first) }

    mutating func append(_ line: String) throws(CurlFailure) {
        guard let list = curl_slist_append(first, line) else {
            throw CurlFailure(code: CURLE_OUT_OF_MEMORY)
        }
        first = list
    }
}
