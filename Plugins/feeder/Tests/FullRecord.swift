// SPDX-License-Identifier: Apache-2.0
import PluginABI

/// A record with every field: each text is the field's own name in the header.
var fullRecord: RecordFields {
    var record = RecordFields()
    let texts: [(WritableKeyPath<kubearmor_record, kubearmor_string>, String)] = [
        (\.updated_time, "updated_time"), (\.cluster_name, "cluster_name"), (\.host_name, "host_name"),
        (\.host_ip, "host_ip"), (\.node_id, "node_id"), (\.namespace_name, "namespace_name"),
        (\.owner_ref, "owner_ref"), (\.owner_name, "owner_name"), (\.owner_namespace, "owner_namespace"),
        (\.pod_name, "pod_name"), (\.labels, "labels"), (\.container_id, "container_id"),
        (\.container_name, "container_name"), (\.container_image, "container_image"),
        (\.parent_process_name, "parent_process_name"), (\.process_name, "process_name"),
        (\.policy_name, "policy_name"), (\.severity, "severity"), (\.tags, "tags"), (\.message, "message"),
        (\.record_type, "record_type"), (\.source, "source"), (\.operation, "operation"), (\.resource, "resource"),
        (\.data, "data"), (\.enforcer, "enforcer"), (\.action, "action"), (\.result, "result"), (\.cwd, "cwd"),
        (\.tty, "tty"), (\.exec_id, "exec_id"), (\.exec_name, "exec_name"), (\.user_name, "user_name"),
        (\.kubearmor_version, "kubearmor_version"), (\.process_hash, "process_hash"), (\.parent_hash, "parent_hash"),
        (\.resource_hash, "resource_hash"), (\.hash_algo, "hash_algo"), (\.level, "level"),
    ]
    record.texts = texts.map { ($0, Array($1.utf8)) }
    record.tags = ["NIST", "SI-4"]
    record.eventData = [("Lsm", "FILE_OPEN"), ("Fd", "3")]
    record.numbers = { fields in
        fields.timestamp = 1_687_868_507
        fields.host_pid = 11
        fields.host_ppid = 12
        fields.pid = 13
        fields.ppid = 14
        fields.uid = 15
        fields.max_alerts_per_sec = 16
        fields.dropping_alerts_interval = 17
    }
    return record
}

/// The line of `fullRecord` as an alert.
let fullAlertLine = [
    #"{"Timestamp":1687868507,"UpdatedTime":"updated_time","ClusterName":"cluster_name","HostName":"host_name","#,
    #""NamespaceName":"namespace_name","Owner":{"Ref":"owner_ref","Name":"owner_name","#,
    #""Namespace":"owner_namespace"},"PodName":"pod_name","Labels":"labels","ContainerID":"container_id","#,
    #""ContainerName":"container_name","ContainerImage":"container_image","HostPPID":12,"HostPID":11,"PPID":14,"#,
    #""PID":13,"UID":15,"ParentProcessName":"parent_process_name","ProcessName":"process_name","#,
    #""PolicyName":"policy_name","Severity":"severity","Tags":"tags","ATags":["NIST","SI-4"],"#,
    #""Message":"message","Type":"record_type","Source":"source","Operation":"operation","Resource":"resource","#,
    #""Data":"data","EventData":{"Lsm":"FILE_OPEN","Fd":"3"},"Enforcer":"enforcer","Action":"action","#,
    #""Result":"result","Cwd":"cwd","TTY":"tty","ExecEvent":{"ExecID":"exec_id","ExecutableName":"exec_name"},"#,
    #""NodeID":"node_id","UserName":"user_name","ProcessHash":"process_hash","ParentHash":"parent_hash","#,
    #""ResourceHash":"resource_hash","HashAlgo":"hash_algo","KubeArmorVersion":"kubearmor_version","#,
    #""MaxAlertsPerSec":16,"DroppingAlertsInterval":17}"#,
].joined()
