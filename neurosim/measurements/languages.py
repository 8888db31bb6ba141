"""Words of laboratories in German, French, Italian, Spanish, Chinese, Japanese and Korean, as the English ones."""

from __future__ import annotations

import re

_WORDS = {
    "conductance": "leitwert leitfähigkeit conduttanza conductancia 电导 電導 コンダクタンス 컨덕턴스 전도도",
    "resistance": "widerstand résistance resistenza resistencia 电阻 電阻 抵抗 저항",
    "current": "strom courant corrente corriente 电流 電流 전류",
    "voltage": "spannung tension tensione voltaje tensión 电压 電壓 電圧 전압",
    "pulse": "puls pulsnummer impuls impulsion impulso pulso 脉冲 脈衝 パルス 펄스",
    "time": "zeit temps tempo tiempo 时间 時間 시간",
    "cycle": "zyklus ciclo 循环 循環 周期 サイクル 사이클",
    "device": "bauelement probe dispositif échantillon dispositivo campione muestra 器件 元件 素子 デバイス 소자",
    "direction": "richtung sens direzione dirección 方向 极性 極性 방향",
    "temperature": "temperatur température temperatura 温度 溫度 온도",
    "width": "pulsbreite breite dauer largeur durée durata ancho 宽度 寬度 脉宽 幅",
    "number": "nummer anzahl numéro numero número 编号 数 番号 번호",
    "read": "lese lesen lecture lettura lectura 读 讀 読み出し 읽기",
    "set": "setzen 置位 セット 셋",
    "reset": "rücksetzen zurücksetzen löschen 复位 復位 リセット 리셋",
    "potentiation": "potenzierung potenziamento potenciación 增强 增強 増強 強化 강화",
    "depression": "dépression depressione depresión depression 抑制 抑圧 억제",
    "reading": "messwert mesure misura medida 测量值 測定値",
}
_ENGLISH = {word: english for english, words in _WORDS.items() for word in words.split()}
_PHRASE = re.compile("|".join(
    rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])" if word[0] < "\u1100" else re.escape(word)
    for word in sorted(_ENGLISH, key=len, reverse=True)), re.IGNORECASE)


def in_english(text: str) -> str:
    """Return text with the words that laboratories use in other languages in English; all else unchanged."""
    return _PHRASE.sub(lambda found: f" {_ENGLISH[found[0].lower()]} ", text)
