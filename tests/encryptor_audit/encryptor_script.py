"""What somebody may have lying around: a small live encryptor with `requests`, which rotates its keys twice.

Run as `python encryptor_script.py URL`. It was written from the specification's live example, and not for this suite:
it uses nothing of it.
"""

from __future__ import annotations

import sys
import uuid
from xml.etree import ElementTree

import requests

CPIX = "urn:dashif:org:cpix"
WIDEVINE = "edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"

DOCUMENT = """<?xml version="1.0" encoding="utf-8"?>
<CPIX xmlns="urn:dashif:org:cpix" xmlns:pskc="urn:ietf:params:xml:ns:keyprov:pskc" contentId="{content}" version="2.3">
  <ContentKeyList>
    <ContentKey kid="{video}" commonEncryptionScheme="cenc"/>
    <ContentKey kid="{audio}" commonEncryptionScheme="cenc"/>
  </ContentKeyList>
  <DRMSystemList>
    <DRMSystem kid="{video}" systemId="{system}"><PSSH/><ContentProtectionData/></DRMSystem>
    <DRMSystem kid="{audio}" systemId="{system}"><PSSH/><ContentProtectionData/></DRMSystem>
  </DRMSystemList>
  <ContentKeyPeriodList><ContentKeyPeriod id="period-{index}" index="{index}"/></ContentKeyPeriodList>
  <ContentKeyUsageRuleList>
    <ContentKeyUsageRule kid="{video}" intendedTrackType="VIDEO">
      <KeyPeriodFilter periodId="period-{index}"/><VideoFilter/>
    </ContentKeyUsageRule>
    <ContentKeyUsageRule kid="{audio}" intendedTrackType="AUDIO">
      <KeyPeriodFilter periodId="period-{index}"/><AudioFilter/>
    </ContentKeyUsageRule>
  </ContentKeyUsageRuleList>
</CPIX>
"""


def main(url: str) -> int:
    """Ask for three key periods; the exit status is 1 where an answer cannot be used."""
    headers = {"Content-Type": "application/xml", "X-Speke-Version": "2.0", "User-Agent": "small-encryptor/0.1"}
    with requests.Session() as session:
        for index in range(1, 4):
            video, audio = (uuid.uuid5(uuid.NAMESPACE_URL, f"channel-7/{kind}/{index}") for kind in ("video", "audio"))
            body = DOCUMENT.format(content="channel-7", video=video, audio=audio, index=index, system=WIDEVINE)
            answer = session.post(url, data=body.encode(), headers=headers, timeout=10)
            if answer.status_code != 200:
                print(f"{answer.status_code}: {answer.text}")
                return 1
            keys = ElementTree.fromstring(answer.content).findall(f".//{{{CPIX}}}ContentKey")
            print(f"period {index}: {len(keys)} keys")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
