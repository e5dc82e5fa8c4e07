"""web3.py against a live node: synchronous over HTTP, asynchronous over WebSocket.

Reads what it needs as JSON from standard input.
"""

import asyncio
import json
import sys

from eth_account import Account
from web3 import AsyncWeb3, Web3, WebSocketProvider
from web3.exceptions import ContractCustomError, ContractLogicError, ContractPanicError

given = json.load(sys.stdin)
w3 = Web3(Web3.HTTPProvider(given["url"]))
me = Account.from_key(given["key"])
abi, bytecode = given["counter"]["abi"], given["counter"]["bytecode"]


def send(transaction):
    """Fills, signs and sends a transaction; returns its receipt."""
    filled = {
        "from": me.address,
        "nonce": w3.eth.get_transaction_count(me.address),
        "chainId": w3.eth.chain_id,
        **transaction,
    }
    if "gas" not in filled:
        filled["gas"] = w3.eth.estimate_gas(filled)
    if "gasPrice" not in filled and "maxFeePerGas" not in filled:
        priority = w3.eth.max_priority_fee
        base = w3.eth.get_block("latest")["baseFeePerGas"]
        filled |= {"maxPriorityFeePerGas": priority, "maxFeePerGas": base * 2 + priority}
    signed = me.sign_transaction(filled)
    return w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.05)


def raises(kind, call):
    """The error of the given kind that a call must raise."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


def blocks_and_fees():
    assert w3.is_connected()
    assert w3.client_version
    block = w3.eth.get_block("latest", full_transactions=True)
    assert block["number"] == w3.eth.block_number
    assert len(block["hash"]) == 32
    assert w3.eth.gas_price > 0
    history = w3.eth.fee_history(2, "latest", [50])
    assert len(history["baseFeePerGas"]) == len(history["gasUsedRatio"]) + 1
    assert w3.eth.syncing is False


def transfer():
    to = Account.create().address
    receipt = send({"to": to, "value": 10**17})
    assert receipt["status"] == 1
    assert w3.eth.get_balance(to) == 10**17
    legacy = send({"to": to, "value": 1, "gasPrice": w3.eth.gas_price * 2})
    assert legacy["status"] == 1
    assert w3.eth.get_transaction(legacy["transactionHash"])["type"] == 0


def contract():
    built = w3.eth.contract(abi=abi, bytecode=bytecode).constructor(3).build_transaction({"from": me.address})
    built.pop("chainId", None)
    receipt = send({**built, "nonce": w3.eth.get_transaction_count(me.address)})
    counter = w3.eth.contract(address=receipt["contractAddress"], abi=abi)
    assert counter.functions.number().call() == 3
    done = send({"to": counter.address, "data": counter.encode_abi("increment")})
    (event,) = counter.events.Changed().process_receipt(done)
    assert event["args"] == {"by": me.address, "number": 4}
    (found,) = counter.events.Changed().get_logs(from_block=done["blockNumber"])
    assert found["transactionHash"] == done["transactionHash"]
    assert counter.functions.number().call(block_identifier=done["blockNumber"] - 1) == 3
    assert counter.functions.number().call(
        state_override={counter.address: {"stateDiff": {"0x" + "00" * 32: "0x" + "00" * 31 + "63"}}}
    ) == 99
    return counter


def reverts(counter):
    error = raises(ContractCustomError, counter.functions.add(500).call)
    assert "500" not in str(error.message) and str(error.data).startswith("0x")
    error = raises(ContractLogicError, counter.functions.refuse().call)
    assert "refused on purpose" in str(error)
    raises(ContractPanicError, counter.functions.divide(0).call)
    raises(ContractCustomError, lambda: counter.functions.add(500).estimate_gas({"from": me.address}))


def filters(counter):
    logs = counter.events.Changed.create_filter(from_block="latest")
    blocks = w3.eth.filter("latest")
    done = send({"to": counter.address, "data": counter.encode_abi("increment")})
    assert done["transactionHash"] in [entry["transactionHash"] for entry in logs.get_new_entries()]
    assert done["blockHash"] in blocks.get_new_entries()
    assert w3.eth.uninstall_filter(logs.filter_id)


async def subscription(counter):
    async with AsyncWeb3(WebSocketProvider(given["wsUrl"])) as socket:
        await socket.eth.subscribe("newHeads")
        done = send({"to": counter.address, "data": counter.encode_abi("increment")})
        async with asyncio.timeout(10):
            async for message in socket.socket.process_subscriptions():
                if message["result"]["hash"] == done["blockHash"]:
                    break


def main():
    blocks_and_fees()
    transfer()
    counter = contract()
    reverts(counter)
    filters(counter)
    asyncio.run(subscription(counter))
    proof = w3.eth.get_proof(counter.address, ["0x" + "00" * 32])
    assert int.from_bytes(proof["storageProof"][0]["value"], "big") == counter.functions.number().call()


main()
