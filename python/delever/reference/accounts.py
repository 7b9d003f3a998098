"""What users do with their money: open accounts, pay in and out, pass it on.

This module owns the checks of these commands, in the order in which they are made. A check that
fails raises `Rejected` while nothing has changed yet. Where money comes from outside or goes there,
the command's instrument is its currency.
"""

from __future__ import annotations

from . import balances
from .commands import Command, RejectReason, require
from .events import EventKind
from .state import VenueState

AMOUNT_MAX = 1 << 60
GROUP_MAX = (1 << 31) - 1


def known_currency(state: VenueState, command: Command) -> int:
    """Return the currency a command names, or refuse it."""
    require(command.instrument in state.currencies, RejectReason.UNKNOWN_CURRENCY)
    return command.instrument


def open_account(state: VenueState, command: Command) -> None:
    """Carry out OpenAccount."""
    currency, amount = known_currency(state, command), command.amount_atoms
    require(0 <= amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    state.accounts.append(state.new_account())
    state.accounts[-1].wallets[currency] = amount
    state.net_deposits_atoms[currency] += amount
    state.emit(
        EventKind.ACCOUNT_OPENED,
        instrument=currency,
        account=len(state.accounts) - 1,
        amount_atoms=amount,
    )


def deposit(state: VenueState, command: Command) -> None:
    """Carry out Deposit."""
    account = state.user(command.account)
    currency, amount = known_currency(state, command), command.amount_atoms
    require(amount > 0, RejectReason.INVALID_AMOUNT)
    require(account.wallets[currency] + amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    account.wallets[currency] += amount
    state.net_deposits_atoms[currency] += amount
    state.emit(
        EventKind.DEPOSITED, instrument=currency, account=command.account, amount_atoms=amount
    )


def withdraw(state: VenueState, command: Command) -> None:
    """Carry out Withdraw."""
    account = state.user(command.account)
    currency, amount = known_currency(state, command), command.amount_atoms
    require(amount > 0, RejectReason.INVALID_AMOUNT)
    may_go = balances.can_leave(state, command.account, currency, amount)
    require(may_go, RejectReason.INSUFFICIENT_BALANCE)
    account.wallets[currency] -= amount
    state.net_deposits_atoms[currency] -= amount
    state.emit(
        EventKind.WITHDRAWN, instrument=currency, account=command.account, amount_atoms=amount
    )


def transfer(state: VenueState, command: Command) -> None:
    """Carry out Transfer: from one user to another."""
    account, other = state.user(command.account), state.user(command.other_account)
    currency, amount = known_currency(state, command), command.amount_atoms
    require(amount > 0 and account is not other, RejectReason.INVALID_AMOUNT)
    require(other.wallets[currency] + amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    may_go = balances.can_leave(state, command.account, currency, amount)
    require(may_go, RejectReason.INSUFFICIENT_BALANCE)
    account.wallets[currency] -= amount
    other.wallets[currency] += amount
    state.emit(
        EventKind.TRANSFERRED,
        instrument=currency,
        account=command.account,
        amount_atoms=amount,
        other_account=command.other_account,
    )


def fund_insurance(state: VenueState, command: Command) -> None:
    """Carry out FundInsurance."""
    currency, amount = known_currency(state, command), command.amount_atoms
    require(0 < amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    require(state.fund.wallets[currency] + amount <= AMOUNT_MAX, RejectReason.INVALID_AMOUNT)
    state.fund.wallets[currency] += amount
    state.net_deposits_atoms[currency] += amount
    state.emit(EventKind.INSURANCE_FUNDED, instrument=currency, amount_atoms=amount)


def set_trade_group(state: VenueState, command: Command) -> None:
    """Carry out SetTradeGroup: accounts of one group count as one where self-trades are kept."""
    account = state.user(command.account)
    require(0 <= command.amount_atoms <= GROUP_MAX, RejectReason.INVALID_AMOUNT)
    account.trade_group = command.amount_atoms
    state.emit(
        EventKind.TRADE_GROUP_SET, account=command.account, amount_atoms=command.amount_atoms
    )
