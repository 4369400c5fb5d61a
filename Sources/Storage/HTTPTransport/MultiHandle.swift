internal import CLibcurl

/// The owner of libcurl's handle for all transfers, and with it of the connections.
final class MultiHandle: @unchecked Sendable {
    // @unchecked: all but `wakeUp` is called by the one thread of the event loop only, and libcurl
    // allows `wakeUp` from any thread.

    private let raw: UnsafeMutableRawPointer

    /// libcurl wants to be initialised once in a process, before anything else.
    private static let isReady = curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK

    /// - Parameter keptConnections: the most connections that are kept while they have no request.
    init(keptConnections: Int) throws(CurlFailure) {
        guard Self.isReady, let raw = curl_multi_init() else {
            throw CurlFailure(code: CURLE_FAILED_INIT)
        }
        self.raw = raw
        try check(varve_multi_set_long(raw, CURLMOPT_MAXCONNECTS, keptConnections))
    }

    deinit { curl_multi_cleanup(raw) }

    func add(_ easy: EasyHandle) throws(CurlFailure) {
        try check(curl_multi_add_handle(raw, easy.raw))
    }

    func remove(_ easy: EasyHandle) {
        let code = curl_multi_remove_handle(raw, easy.raw)
        // It fails within callbacks, or for a handle that was not added.
        precondition(code == CURLM_OK, "libcurl does not know a transfer that was started")
    }

    /// Lets all transfers do what they can without waiting.
    func perform() throws(CurlFailure) {
        var running: CInt = 0
        try check(curl_multi_perform(raw, &running))
    }

    /// The next transfer that has ended, and how.
    func nextEnded() -> (easy: UnsafeMutableRawPointer, code: CURLcode)? {
        var remaining: CInt = 0
        while let message = curl_multi_info_read(raw, &remaining) {
            // There is no other kind of message so far.
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            return (message.pointee.easy_handle, message.pointee.data.result)
        }
        return nil
    }

    /// Waits until a transfer can go on, or `wakeUp` is called, or was called since the last time.
    func wait(milliseconds: Int32) throws(CurlFailure) {
        try check(curl_multi_poll(raw, nil, 0, milliseconds, nil))
    }

    /// Ends `wait`. Any thread may call it.
    func wakeUp() {
        // A failure means that so many calls wait already that no more can be noted down.
        _ = curl_multi_wakeup(raw)
    }

    private func check(_ code: CURLMcode) throws(CurlFailure) {
        guard code == CURLM_OK else {
            throw CurlFailure(
                code: CURLE_FAILED_INIT, cause: String(cString: curl_multi_strerror(code)))
        }
    }
}
