// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import PluginKit

/// Makes sockets that are bound. Whoever listens on one owns it.
enum ListeningSocket {
    /// - Parameter address: IPv4 or IPv6; empty for all of both
    static func tcp(address: String, port: UInt16, setting: String) throws(PluginFailure) -> Int32 {
        let all = address.isEmpty
        var six = sockaddr_in6()
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        if all || inet_pton(AF_INET6, address, &six.sin6_addr) == 1 {
            do {
                return try bound(six, AF_INET6, "[\(all ? "::" : address)]:\(port)", setting)
            } catch {
                // A machine may be without IPv6.
                guard all, error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL else { throw error }
            }
        }
        var four = sockaddr_in()
        four.sin_family = sa_family_t(AF_INET)
        four.sin_port = port.bigEndian
        guard all || inet_pton(AF_INET, address, &four.sin_addr) == 1 else {
            throw PluginFailure(code: EINVAL, message: "gRPCAddress: '\(address)' is no address of IPv4 or IPv6")
        }
        return try bound(four, AF_INET, "\(all ? "0.0.0.0" : address):\(port)", setting)
    }

    private static func bound<Address>(
        _ address: Address, _ family: Int32, _ name: String, _ setting: String
    ) throws(PluginFailure) -> Int32 {
        let descriptor = try open(family, name)
        var (yes, no) = (Int32(1), Int32(0))
        let size = socklen_t(MemoryLayout<Int32>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if family == AF_INET6 { setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, size) }
        return try bind(descriptor, address, name, remedy: "set \(setting) to a port that is free")
    }

    /// A socket that only its owner can connect to, in place of one that a daemon before has left.
    static func unix(path: String) throws(PluginFailure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw failure(ENAMETOOLONG, path, remedy: "set gRPCSocket to a shorter path")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        var status = stat()
        if lstat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFSOCK else {
                throw failure(EEXIST, path, remedy: "it is no socket: remove it or set gRPCSocket")
            }
            unlink(path)
        }
        let descriptor = try open(AF_UNIX, path)
        let result = try bind(descriptor, address, path, remedy: "make its folder or set gRPCSocket")
        // Nobody can connect before somebody listens, so never with other permissions.
        guard chmod(path, 0o600) == 0 else {
            let number = errno
            close(descriptor)
            throw failure(number, path, remedy: "set gRPCSocket to a folder of the daemon's own")
        }
        return result
    }

    /// The port that a socket has got.
    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        // The port is at the same place for both families.
        return result == 0 ? UInt16(bigEndian: address.sin6_port) : 0
    }

    private static func open(_ family: Int32, _ name: String) throws(PluginFailure) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure(errno, name, remedy: "raise the limit of open files") }
        return descriptor
    }

    private static func bind<Address>(
        _ descriptor: Int32, _ address: Address, _ name: String, remedy: String
    ) throws(PluginFailure) -> Int32 {
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else {
            let number = errno
            close(descriptor)
            throw failure(number, name, remedy: remedy)
        }
        return descriptor
    }

    private static func failure(_ number: Int32, _ place: String, remedy: String) -> PluginFailure {
        PluginFailure(code: number, message: "\(place): \(String(cString: strerror(number))): \(remedy)")
    }
}
