;; A recovery byte above 3, and a signature of zeros: both are paid. Bytes outside memory are not.
(data (i32.const 0x600) "\45\6e\9a\ea\5e\19\7a\1f\1a\f7\a3\e8\5a\32\12\fa\40\49\a3\ba\34\c2\28\9b\4c\86\0f\c0\b0\c6\4e\f3")
(data (i32.const 0x620) "\92\42\68\5b\f1\61\79\3c\c2\56\03\c2\31\bc\2f\56\8e\b6\30\ea\16\aa\13\7d\26\64\ac\80\38\82\56\08\4f\8a\e3\bd\75\35\24\8d\0b\d4\48\29\8c\c2\e2\07\1e\56\99\2d\07\74\dc\34\0c\36\8a\e9\50\85\2a\da\1b")
(func (export "invoke") (param $params i32) (result i32)
  (call $outcome (call $crypto.recover_secp_public_key (i32.const 0x700) (i32.const 0x600) (i32.const 0x620)))
  (call $outcome (call $crypto.recover_secp_public_key (i32.const 0x700) (i32.const 0x600) (i32.const 0x900)))
  (call $outcome (call $crypto.recover_secp_public_key (i32.const 0x700) (i32.const 0xfff0) (i32.const 0x620)))
  (call $outcome (call $crypto.recover_secp_public_key (i32.const 0x700) (i32.const 0x600) (i32.const 0xfff0)))
  (call $outcome (call $crypto.recover_secp_public_key (i32.const 0xfff0) (i32.const 0x600) (i32.const 0x620)))
  (call $answer))
;; ---
;; exit 0
;; answer IllegalArgument IllegalArgument IllegalArgument IllegalArgument IllegalArgument
;; f0100: sequence 1
;; gas 4177698
;;   OnChainMessage 690663
;;   OnMethodInvocation 75000
;;   wasm_memory_init 26214.400
;;   wasm_exec 1036
;;   OnSyscall 84000
;;   OnRecoverSecpPublicKey 3274584
;;   OnBlockCreate 200
;;   OnChainReturnValue 26000
