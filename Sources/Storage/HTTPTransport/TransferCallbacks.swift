internal import CLibcurl

/// What libcurl calls while a transfer goes on, on the event loop's thread. The context is the
/// transfer, which is alive for as long as its handle is with libcurl.
enum TransferCallbacks {
    /// Takes one line of the head.
    static let receiveLine: curl_write_callback = { bytes, size, count, context in
        let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer(context).receiveLine(line)
    }

    /// Takes the next bytes of the answer's body.
    static let receiveBody: curl_write_callback = { bytes, size, count, context in
        let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
        return transfer(context).receiveBody(body)
    }

    /// Gives the next bytes of the request's body.
    static let sendBody: curl_read_callback = { target, size, count, context in
        let room = UnsafeMutableRawBufferPointer(start: target, count: size * count)
        return transfer(context).sendBody(room)
    }

    /// Goes back in the request's body, when it is to be sent again.
    static let seekBody: curl_seek_callback = { context, offset, origin in
        transfer(context).seekBody(to: Int(offset), origin: origin)
    }

    private static func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer {
        guard let context else { preconditionFailure("libcurl has lost the context") }
        return Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }
}
