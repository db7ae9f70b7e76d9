// SPDX-License-Identifier: Apache-2.0
import EventViews

/// Lines as the feeders write them.
enum Lines {
    /// Parts in the source, one line in the file.
    private static func joined(_ parts: String) -> String {
        "{\(parts.split(whereSeparator: \.isNewline).joined(separator: ","))}"
    }

    static let alert = joined(
        #"""
        "Timestamp":1687868507,"UpdatedTime":"2023-06-27T12:21:47.932526Z","ClusterName":"default"
        "HostName":"node-1","NamespaceName":"shop","Owner":{"Ref":"Deployment","Name":"web"},"PodName":"web-1"
        "Labels":"app=web","ContainerID":"72de","ContainerName":"nginx","HostPID":495877,"PPID":1,"UID":0
        "ParentProcessName":"/bin/bash","ProcessName":"/usr/bin/apt","PolicyName":"ksp-block","Severity":"5"
        "ATags":["NIST","SI-4"],"Type":"MatchedPolicy","Source":"/bin/bash","Operation":"Process"
        "Resource":"/usr/bin/apt update","Data":"lsm=SECURITY_BPRM_CHECK"
        "EventData":{"Lsm":"SECURITY_BPRM_CHECK"},"Enforcer":"BPFLSM","Action":"Block","Result":"Permission denied"
        """#)

    static let message = joined(
        #"""
        "Timestamp":1,"UpdatedTime":"2023-06-27T12:21:48.000000Z","HostName":"node-1","Type":"Message"
        "Level":"WARN","Message":"careful"
        """#)

    /// A log of the host, or of a container when `pod` is given.
    static func log(
        _ operation: String, _ resource: String, process: String = "/usr/bin/app", parent: String = "/sbin/init",
        data: String = "", result: String = "Passed", uid: Int = 1000, pod: String = ""
    ) -> EventLine {
        let place =
            pod.isEmpty
            ? #""Type":"HostLog""#
            : #"""
            "NamespaceName":"shop","PodName":"\#(pod)","Labels":"app=\#(pod)","ContainerID":"c\#(pod)"
            "ContainerName":"\#(pod)","Type":"ContainerLog"
            """#
        let text = joined(
            #"""
            "HostName":"node-1","PPID":1,"UID":\#(uid),"ParentProcessName":"\#(parent)"
            "ProcessName":"\#(process)","Source":"\#(process)","Operation":"\#(operation)"
            "Resource":"\#(resource)","Data":"\#(data)","Result":"\#(result)"
            \#(place)
            """#)
        return line(text)
    }

    static func line(_ text: String) -> EventLine {
        guard let line = EventLine(text) else { preconditionFailure("no line: \(text)") }
        return line
    }
}
